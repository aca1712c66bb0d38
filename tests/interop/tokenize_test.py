#!/usr/bin/env python3
"""Ids and decoded text against Hugging Face's tokenizers and the sentencepiece library.

  tokenize_test.py ENCODE_TEXTS [--seed N] [--texts N] [--only PART_OF_NAME]

Trains small models of every kind, puts every component around them, and compares on texts that were made to hurt:
random Unicode, marks in a row, white space of all kinds, added tokens, cases of every rule.
"""
import argparse
import io
import json
import random
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = ["the quick brown fox jumps over the lazy dog. don't stop, we've 12 of 345 things!",
          "The Quick Brown Fox, naïve café déjà vu; Ελληνικά και Русский текст", "日本語のテキスト と 中文 한국어",
          "def f(x):\n    return x + 1  # code\n\n\n", "unaffable unwanted unable able ables abler",
          "aaaa aaaaaaaa bbbb abab abababab", "İstanbul straße ﬁne ½ ² Ⅷ ①"] * 3
WORDS = ["the", "quick", "fox", "aaaa", "abab", "un", "able", "don't", "12", "345", "naïve", "café", "日本", "中文",
         "한국어", "Русский", "<s>", "</s>", "<unk>", "[CLS]", "[MASK]", "Ünï", "ﬁ", "½", "İ", "ẞ", "Ω", "Å", "𝒳", "🙂", "👨‍👩‍👧",
         "\u0301", "\u0327\u0301", "e\u0301", "\u00a0", "\u3000", "\u2581", "\u200b", "\u200d", "\u00ad", "\ufeff", "\ufffd",
         "\t", "\n", "\r\n", "\x0b", "\x00", "\x7f", "\x85", " ", "  ", "    ", ".", ",", "!", "?", "'", "\"", "(", ")", "-", "_",
         "$", "+", "^", "`", "¿", "。", "…", "١٢٣", "²", "Ⅷ", "ก็", "नमस्ते", "க்ஷ", "\u1100\u1161\u11a8", "각", "\u0345", "\u0f71\u0f72"]


def hostile_text(rng):
    kind = rng.random()
    if kind < 0.5:
        return "".join(rng.choice(WORDS) + rng.choice(["", "", " "]) for _ in range(rng.randrange(12)))
    if kind < 0.7:
        return "".join(chr(c) for c in (rng.choice([rng.randrange(0x20, 0x7F), rng.randrange(0x80, 0x3000),
                                                   rng.randrange(0x3000, 0xD800), rng.randrange(0xE000, 0x11000),
                                                   rng.randrange(0x1D000, 0x1FB00)])
                                        for _ in range(rng.randrange(10))))
    if kind < 0.8:
        return rng.choice(WORDS) * rng.randrange(1, 40)
    line = rng.choice(CORPUS)
    start = rng.randrange(len(line))
    return line[start:start + rng.randrange(40)]


NORMALIZERS = {
    "none": None,
    "nfc": normalizers.NFC(), "nfd": normalizers.NFD(), "nfkc": normalizers.NFKC(), "nfkd": normalizers.NFKD(),
    "lower": normalizers.Lowercase(), "strip": normalizers.Strip(), "lstrip": normalizers.Strip(right=False),
    "accents": normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
    "bare accents": normalizers.StripAccents(), "nmt": normalizers.Nmt(), "prepend": normalizers.Prepend("▁"),
    "llama": normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
    "replace": normalizers.Sequence([normalizers.Replace("``", '"'), normalizers.Replace(Regex(" {2,}"), " ")]),
    "bert": normalizers.BertNormalizer(), "bert cased": normalizers.BertNormalizer(lowercase=False),
    "bert accents": normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=False),
    "byte level": normalizers.ByteLevel(),
    "all": normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip()]),
}
PRE_TOKENIZERS = {
    "none": None,
    "bert": pre_tokenizers.BertPreTokenizer(), "whitespace": pre_tokenizers.Whitespace(),
    "space": pre_tokenizers.WhitespaceSplit(), "digits": pre_tokenizers.Digits(True),
    "punctuation": pre_tokenizers.Punctuation("merged_with_previous"),
    "metaspace": pre_tokenizers.Metaspace(), "metaspace first": pre_tokenizers.Metaspace(prepend_scheme="first"),
    "metaspace never": pre_tokenizers.Metaspace(prepend_scheme="never", split=False),
    "space, metaspace first": pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(),
                                                       pre_tokenizers.Metaspace(prepend_scheme="first")]),
    "byte level": pre_tokenizers.ByteLevel(), "byte level plain": pre_tokenizers.ByteLevel(add_prefix_space=False),
    "byte level whole": pre_tokenizers.ByteLevel(use_regex=False),
    "delimiter": pre_tokenizers.CharDelimiterSplit("a"), "scripts": pre_tokenizers.UnicodeScripts(),
    "split previous": pre_tokenizers.Split(Regex(r"\s+"), "merged_with_previous"),
    "split next": pre_tokenizers.Split(" ", "merged_with_next"),
    "split contiguous": pre_tokenizers.Split(Regex(r"[a-e]"), "contiguous"),
    "split invert": pre_tokenizers.Split(Regex(r"\p{L}+|\d"), "removed", invert=True),
    "words": pre_tokenizers.Split(Regex(r"\w+|[^\w\s]+"), "merged_with_previous"),
    "han": pre_tokenizers.Split(Regex(r"\p{Han}+"), "merged_with_next"),
    "borders": pre_tokenizers.Split(Regex(r"\b[a-z]|\B."), "isolated"),
    "unknown": pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
    "mixed": pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(False),
                                      pre_tokenizers.Punctuation("contiguous")]),
}
DECODERS = {
    "none": None,
    "byte level": decoders.ByteLevel(), "word piece": decoders.WordPiece(), "bare": decoders.WordPiece(cleanup=False),
    "metaspace": decoders.Metaspace(), "metaspace never": decoders.Metaspace(prepend_scheme="never"),
    "bpe": decoders.BPEDecoder(), "ctc": decoders.CTC("a", "|", True), "fuse": decoders.Fuse(),
    "llama": decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                decoders.Strip(" ", 1, 0)]),
}
POST_PROCESSORS = [
    None, processors.ByteLevel(), processors.BertProcessing(("[SEP]", 3), ("[CLS]", 7)),
    processors.RobertaProcessing(("</s>", 5), ("<s>", 4)),
    processors.TemplateProcessing(single="[A] $A [B] [A]", pair=None, special_tokens=[("[A]", 9), ("[B]", 11)]),
    processors.TemplateProcessing(single="$A [M]", pair=None, special_tokens=[
        {"id": "[M]", "ids": [1, 2, 3], "tokens": ["a", "b", "c"]}]),
    processors.Sequence([processors.ByteLevel(), processors.TemplateProcessing(
        single="[A] $A", pair=None, special_tokens=[("[A]", 9)])]),
]


def made_models():
    """name -> a new trained model; byte tokens are added to some."""
    def trained(model, trainer):
        tok = Tokenizer(model)
        tok.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tok.train_from_iterator(CORPUS, trainer)
        return json.loads(tok.to_str())["model"]

    def changed(model, **members):
        return {**model, **members}

    byte_tokens = [f"<0x{b:02X}>" for b in range(256)]
    bpe = trained(models.BPE(unk_token="<unk>"), trainers.BpeTrainer(vocab_size=400, special_tokens=["<unk>", "<s>"]))
    with_bytes = dict(bpe["vocab"])
    for token in byte_tokens:
        with_bytes.setdefault(token, len(with_bytes))
    small = {t: i for t, i in bpe["vocab"].items() if ord(t[0]) < 0x2000 or len(t) > 1}
    few = [m for m in bpe["merges"] if "".join(m) in small and m[0] in small and m[1] in small]
    continued = trained(models.BPE(unk_token="<unk>"), trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<unk>"], continuing_subword_prefix="##", end_of_word_suffix="</w>"))
    unigram = trained(models.Unigram(), trainers.UnigramTrainer(vocab_size=250, special_tokens=["<unk>", "<s>"],
                                                                unk_token="<unk>"))
    unigram_few = [p for p in unigram["vocab"] if len(p[0]) > 1 or ord(p[0]) < 0x3000]
    piece = trained(models.WordPiece(unk_token="<unk>"), trainers.WordPieceTrainer(vocab_size=300,
                                                                                   special_tokens=["<unk>", "[CLS]"]))
    words = trained(models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(special_tokens=["<unk>"]))
    return {
        "bpe": bpe, "bpe fused": changed(bpe, vocab=small, merges=few, fuse_unk=True),
        "bpe unfused": changed(bpe, vocab=small, merges=few), "bpe no unk": changed(bpe, vocab=small, merges=few, unk_token=None),
        "bpe bytes": changed(bpe, vocab=with_bytes, byte_fallback=True), "bpe whole": changed(bpe, ignore_merges=True),
        "bpe some bytes": changed(bpe, byte_fallback=True, vocab={t: i for t, i in with_bytes.items() if t != "<0xE6>"}),
        "bpe affixes": continued, "unigram": unigram, "unigram few": changed(unigram, vocab=unigram_few),
        "unigram bytes": changed(unigram, vocab=unigram_few + [[t, -9.0] for t in byte_tokens], byte_fallback=True),
        "word piece": piece, "word piece short": changed(piece, max_input_chars_per_word=5), "word level": words,
    }


ADDED = [AddedToken("<s>", special=True), AddedToken("[MASK]", lstrip=True, special=True),
         AddedToken("fox", single_word=True), AddedToken("Ünï", normalized=True), AddedToken("12", rstrip=True, normalized=False),
         AddedToken("  ", lstrip=True, rstrip=True, normalized=False)]


def configurations(rng):
    kinds = made_models()
    for name, model in kinds.items():
        for normalizer in NORMALIZERS:
            yield name, model, normalizer, rng.choice(list(PRE_TOKENIZERS)), rng.choice(list(DECODERS))
        for pre in PRE_TOKENIZERS:
            yield name, model, rng.choice(list(NORMALIZERS)), pre, rng.choice(list(DECODERS))


def ours(program, file, texts):
    lines = "".join(json.dumps(t) + "\n" for t in texts)
    out = subprocess.run([program, str(file)], input=lines, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def compare(name, reference, program, file, texts):
    """The number of texts whose ids or decoded text differ; a reference may fail on a text (None)."""
    answers, bad = ours(program, file, texts), 0
    if answers and "refused" in answers[0]:
        print(f"{name}: refused: {answers[0]['refused']}")
        return 1
    assert len(answers) == len(texts), name
    for text, answer in zip(texts, answers):
        expected = reference(text)
        if expected is None:
            same = "error" in answer
        else:
            ids, decoded, marked = expected
            front, back = answer.get("marks", [[], []])
            same = answer.get("ids") == ids and decoded in (None, answer.get("text")) and front + ids + back == marked
        if not same:
            bad += 1
            if bad <= 2:
                print(f"{name}: {text!r}\n  expected {expected}\n  got      {answer}")
    return bad


def hugging_face(program, rng, texts, only):
    bad = count = 0
    for model_name, model, normalizer, pre, decoder in configurations(rng):
        name = f"model {model_name}, normalizer {normalizer}, pre-tokenizer {pre}, decoder {decoder}"
        if only not in name:
            continue
        tok = Tokenizer(models.BPE())
        if NORMALIZERS[normalizer]:
            tok.normalizer = NORMALIZERS[normalizer]
        if PRE_TOKENIZERS[pre]:
            tok.pre_tokenizer = PRE_TOKENIZERS[pre]
        if DECODERS[decoder]:
            tok.decoder = DECODERS[decoder]
        tok = Tokenizer.from_str(json.dumps({**json.loads(tok.to_str()), "model": model}))
        if rng.random() < 0.5:
            tok.add_tokens(rng.sample(ADDED, 3))
        if post := rng.choice(POST_PROCESSORS):
            tok.post_processor = post

        def reference(text):
            try:
                ids = tok.encode(text, add_special_tokens=False).ids
            except Exception:
                return None
            marked = tok.encode(text).ids
            try:
                return ids, tok.decode(ids, skip_special_tokens=False), marked
            except BaseException:
                return ids, None, marked
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(tok.to_str())
            file.flush()
            bad += compare(name, reference, program, file.name, [hostile_text(rng) for _ in range(texts)])
        count += 1
    print(f"tokenizer.json: {count} files, {count * texts} texts, {bad} differ")
    return bad


SENTENCEPIECE = {
    "unigram": {"model_type": "unigram"}, "bpe": {"model_type": "bpe"},
    "unigram bytes": {"model_type": "unigram", "byte_fallback": True, "vocab_size": 450},
    "bpe bytes": {"model_type": "bpe", "byte_fallback": True, "vocab_size": 450, "character_coverage": 0.98},
    "identity": {"model_type": "bpe", "normalization_rule_name": "identity", "remove_extra_whitespaces": False},
    "no prefix": {"model_type": "unigram", "add_dummy_prefix": False}, "nfkc_cf": {"model_type": "bpe", "normalization_rule_name": "nfkc_cf"},
    "suffix": {"model_type": "unigram", "treat_whitespace_as_suffix": True},
    "symbols": {"model_type": "unigram", "user_defined_symbols": ["<sep>", "fox", "aa", "日本"], "control_symbols": ["<ctl>"]},
    "bpe symbols": {"model_type": "bpe", "user_defined_symbols": ["<sep>", "fox", "aa", "aaa", "日本"]},
    "whole lines": {"model_type": "bpe", "split_by_whitespace": False}, "whole lines unigram": {"model_type": "unigram", "split_by_whitespace": False},
}


def sentence_piece(program, rng, texts, only):
    bad = 0
    for name, options in SENTENCEPIECE.items():
        if only not in "sentencepiece " + name:
            continue
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS), model_writer=model, minloglevel=2, hard_vocab_limit=False,
            **{"vocab_size": 220, **options})
        sp = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
        with tempfile.NamedTemporaryFile(suffix=".model") as file:
            file.write(model.getvalue())
            file.flush()
            many = [hostile_text(rng) for _ in range(texts)] + ["".join(hostile_text(rng) for _ in range(3000))]
            bad += compare("sentencepiece " + name, lambda t: (lambda ids: (ids, sp.decode(ids), ids))(sp.encode(t)), program,
                           file.name, many)
    print(f"sentencepiece: {len(SENTENCEPIECE)} models, {bad} texts differ")
    return bad


LATIN = ["é", "ñandú", "ÿ", "Ġ", "Ġx", "Å", "e\u0301", "ﬁ", "²", "Ġé", "日本", "a b", "½", "<é>", "Ī", "~é"]


def byte_level(program, rng, texts):
    """Byte-level BPE with added tokens of the characters that stand for bytes: they are decoded as such."""
    trained, bad, count = Tokenizer(models.BPE()), 0, 0
    trained.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    for normalizer in [None, "NFC", "NFD", "NFKC", "NFKD"] * 4:
        tok = Tokenizer.from_str(trained.to_str())
        if normalizer:
            tok.normalizer = getattr(normalizers, normalizer)()
        tok.pre_tokenizer, tok.decoder = pre_tokenizers.ByteLevel(add_prefix_space=rng.random() < 0.5), decoders.ByteLevel()
        contents = rng.sample(LATIN, 4)
        while normalizer and len({unicodedata.normalize(normalizer, content) for content in contents}) < 4:
            contents = rng.sample(LATIN, 4)  # two of one normal form are refused
        for content in contents:
            flags = {name: rng.random() < 0.3 for name in ("single_word", "lstrip", "rstrip", "normalized")}
            tok.add_special_tokens([AddedToken(content, **flags)])

        def reference(text):
            ids = tok.encode(text, add_special_tokens=False).ids
            return ids, tok.decode(ids, skip_special_tokens=False), tok.encode(text).ids
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(tok.to_str())
            file.flush()
            many = ["".join(rng.choices(LATIN + [" ", "x", "the "], k=rng.randrange(1, 6))) for _ in range(texts)]
            bad += compare(f"byte level, normalizer {normalizer}", reference, program, file.name, many)
        count += 1
    print(f"byte level with added tokens: {count} files, {count * texts} texts, {bad} differ")
    return bad


def every_character(program):
    """What classes of regular expressions hold, character by character."""
    tok, bad = Tokenizer(models.BPE()), 0
    tok.pre_tokenizer, tok.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
    tok.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    all_of_them = "".join(chr(c) for c in range(0x20000) if not 0xD800 <= c < 0xE000)
    texts = [all_of_them[i:i + 256] for i in range(0, len(all_of_them), 256)]
    for pattern in [r"\w", r"\W", r"[^\w\s]", r"\s", r"\d", r"\p{Han}", r"\P{Han}", r"[^\s\p{L}\p{N}]", r"(?i:s)", "."]:
        tok.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(pattern), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(tok.to_str())
            file.flush()
            bad += compare(f"class {pattern}", lambda t: (lambda ids: (ids, None, ids))(tok.encode(t).ids), program, file.name, texts)
    print(f"classes of characters: {bad} texts differ")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=int, default=30)
    parser.add_argument("--only", default="")
    a = parser.parse_args()
    rng = random.Random(a.seed)
    bad = hugging_face(a.program, rng, a.texts, a.only) + sentence_piece(a.program, rng, a.texts, a.only)
    bad += byte_level(a.program, rng, a.texts) + every_character(a.program) if not a.only else 0
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
