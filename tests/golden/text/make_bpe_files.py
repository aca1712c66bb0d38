#!/usr/bin/env python3
"""Writes small tokenizer.json files beside itself and prints their ids of one text, for tests/unit/byte_level_bpe_test.cpp.

Needs tokenizers==0.23.3.
"""
from tokenizers import Tokenizer, models, pre_tokenizers, decoders, trainers, normalizers, AddedToken, Regex
import json
from pathlib import Path
text=["the cat sat on the mat; the rat's hat, that cat's mat 12 123 the the", "naïve café où déjà vu, the Ünïcode", "漢字かな the 漢字"]*3
def train(pre,norm=None,added=()):
    t=Tokenizer(models.BPE()); t.pre_tokenizer=pre; t.decoder=decoders.ByteLevel()
    if norm: t.normalizer=norm
    t.train_from_iterator(text,trainers.BpeTrainer(vocab_size=300,initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),show_progress=False))
    t.add_tokens([AddedToken(a,normalized=True) for a in added]); t.add_special_tokens(["<|end|>"])
    return t
BL=pre_tokenizers.ByteLevel
Seq=pre_tokenizers.Sequence; Split=pre_tokenizers.Split
ll=r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
cases={"byte_level":train(BL(add_prefix_space=False)),"prefix_space":train(BL(add_prefix_space=True)),
"llama3":train(Seq([Split(Regex(ll),"isolated"),BL(add_prefix_space=False,use_regex=False)])),
"digits":train(Seq([pre_tokenizers.Digits(individual_digits=True),BL(add_prefix_space=False)])),
"nfc":train(BL(add_prefix_space=False),normalizers.NFC(),["caf\u00e9"])}
probe="the cat's 1234 mats\n\n <|end|>cafe\u0301 café où\u0300 the 漢字です THE'S <|end|> "
for n,t in cases.items():
    j=json.loads(t.to_str())
    open(Path(__file__).parent / f'bpe_{n}.json', 'w').write(json.dumps(j,ensure_ascii=False,separators=(',',':'))+"\n")
    ids=t.encode(probe,add_special_tokens=False).ids
    print('    {"bpe_%s.json", {%s}},'%(n,', '.join(map(str,ids))))
