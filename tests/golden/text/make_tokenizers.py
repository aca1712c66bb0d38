#!/usr/bin/env python3
"""Writes tokenizers_*.json and sentencepiece.json: small tokenizer files, texts, and the ids and the decoded text
that Hugging Face's tokenizers and the sentencepiece library give.

  python3 make_tokenizers.py          (needs the packages tokenizers and sentencepiece)
"""
import base64
import io
import json
import pathlib
import random
import sys
import tempfile

import sentencepiece
import tokenizers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "interop"))
import tokenize_test as made  # noqa: E402  its texts and components

CORPUS = ["the quick fox, the café, abab aaaa 12 x"] * 4 + ["unable able Übung日本 fixe"] * 2
FIXED = ["", " ", "the quick fox", "  The  QUICK\tfoxes\r\n", "aaaaaaaaaaaaa abababab", "<s>the<s>", "a [M]  b", "fox foxes fox",
         "cafe\u0301 café ﬁxé ½", "日本語 日本", "\u2581the \u2581", "12 123", "don't unable.", "fox" + "a" * 35 + "日本" + "a" * 27, "\U0001E5DB\u0301\u0327 x"]
SPACE, TRAIN = pre_tokenizers.WhitespaceSplit(), {"show_progress": False}


def trained(model, trainer):
    tok = Tokenizer(model)
    tok.pre_tokenizer = SPACE
    tok.train_from_iterator(CORPUS, trainer)
    return tok


def bpe(**options):
    return trained(models.BPE(unk_token="<unk>", **options),
                   trainers.BpeTrainer(vocab_size=70, special_tokens=["<unk>"], **TRAIN))


def bytes_bpe():
    tok = json.loads(bpe().to_str())
    for byte in range(256):
        tok["model"]["vocab"].setdefault(f"<0x{byte:02X}>", len(tok["model"]["vocab"]))
    tok["model"]["byte_fallback"] = True
    return Tokenizer.from_str(json.dumps(tok))


def unigram():
    return trained(models.Unigram(), trainers.UnigramTrainer(vocab_size=60, special_tokens=["<unk>"], unk_token="<unk>", **TRAIN))


def word_piece():
    return trained(models.WordPiece(unk_token="<unk>"), trainers.WordPieceTrainer(vocab_size=70, special_tokens=["<unk>"], **TRAIN))


def word_level():
    return trained(models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(special_tokens=["<unk>"], **TRAIN))


def put(tok, normalizer=None, pre=None, decoder=None, added=()):
    tok = Tokenizer.from_str(json.dumps({**json.loads(tok.to_str()), "pre_tokenizer": None}))
    if normalizer:
        tok.normalizer = normalizer
    if pre:
        tok.pre_tokenizer = pre
    if decoder:
        tok.decoder = decoder
    tok.add_tokens([made.ADDED[i] for i in added])
    return tok


N, P, D = made.NORMALIZERS, made.PRE_TOKENIZERS, made.DECODERS
FILES = {
    "bpe": {
        "like Llama": put(bytes_bpe(), N["llama"], None, D["llama"], [0]),
        "metaspace": put(bpe(fuse_unk=True), N["nfkc"], P["metaspace first"], D["metaspace"], [1, 4]),
        "split": put(bpe(), N["replace"], P["split previous"], D["bpe"]),
    },
    "unigram": {
        "like T5": put(unigram(), N["nmt"], P["metaspace"], D["metaspace"], [0, 2]),
        "whole": put(unigram(), N["nfd"], None, D["fuse"]),
    },
    "words": {
        "like BERT": put(word_piece(), N["bert"], P["bert"], D["word piece"], [0, 1]),
        "cased": put(word_piece(), N["bert cased"], P["mixed"], D["bare"], [3]),
        "words": put(word_level(), N["lower"], P["whitespace"], None, [2]),
        "scripts": put(word_level(), None, P["scripts"], D["ctc"]),
        "bytes": put(word_piece(), None, P["byte level"], D["byte level"]),
    },
}


def texts(rng):
    return FIXED + [made.hostile_text(rng) for _ in range(25)]


def write(name, cases):
    lines = json.dumps(cases, ensure_ascii=True, separators=(",", ":")).replace('{"text"', '\n{"text"')
    (HERE / name).write_text(lines + "\n")


rng = random.Random(7)
for kind, files in FILES.items():
    write(f"tokenizers_{kind}.json", {"made by": f"tokenizers {tokenizers.__version__}", "files": [
        {"name": name, "file": tok.to_str(), "texts": [
            {"text": t, "ids": (ids := tok.encode(t, add_special_tokens=False).ids),
             "decoded": tok.decode(ids, skip_special_tokens=False) if ids else ""} for t in texts(rng)]}
        for name, tok in files.items()]})

RULES = "FB01\t66 69\nBD\t31 2F 32\n41\t61\n9\t20\nA\t20\n65 301\tE9\n200B\t\n3000\t20\n"
MODELS = {
    "unigram": {"model_type": "unigram", "user_defined_symbols": ["fox", "aa", "日本"], "vocab_size": 45},
    "unigram bytes": {"model_type": "unigram", "byte_fallback": True, "vocab_size": 300},
    "bpe": {"model_type": "bpe", "vocab_size": 60, "user_defined_symbols": ["aa"]},
    "bpe bytes": {"model_type": "bpe", "byte_fallback": True, "vocab_size": 300, "remove_extra_whitespaces": False},
    "suffix": {"model_type": "bpe", "vocab_size": 60, "treat_whitespace_as_suffix": True},
}
cases = []
for name, options in MODELS.items():
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        rules.write(RULES)
        rules.flush()
        out = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS), model_writer=out, minloglevel=2,
                                                 hard_vocab_limit=False, normalization_rule_tsv=rules.name, **options)
    sp = sentencepiece.SentencePieceProcessor(model_proto=out.getvalue())
    cases.append({"name": name, "file": base64.b64encode(out.getvalue()).decode(), "texts": [
        {"text": t, "ids": sp.encode(t), "decoded": sp.decode(sp.encode(t))} for t in texts(rng)]})
write("sentencepiece.json", {"made by": f"sentencepiece {sentencepiece.__version__}", "files": cases})

# Normal forms of what the tables, the order of marks and Hangul must give.
marks = "\u0300\u0301\u0327\u0345\u0f71\u0f72\u3099\u1100\u1161\u11a8가각ÅåΩﬁ①½ǅſẛ\u1e9b\u0323뢴豈𝅗𝅥e\u0315\u0300\u05ae\u0300\u0315b"
forms = {f: getattr(normalizers, f)() for f in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase")}
strings = ["".join(rng.choice(marks) for _ in range(rng.randrange(1, 8))) for _ in range(60)] + ["ABC", "İI", "ΑΣ ΣΑΣ"]
write("normal_forms.json", {"made by": f"tokenizers {tokenizers.__version__}", "texts": [
    {"text": s, **{f: n.normalize_str(s) for f, n in forms.items()}} for s in strings]})
