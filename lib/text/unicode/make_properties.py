#!/usr/bin/env python3
"""Writes properties_data.inc: which characters Hugging Face's tokenizers takes for words, spaces, marks and so on.

  python3 make_properties.py > properties_data.inc        (needs the packages tokenizers, sentencepiece, regex)

Its Rust crates carry several Unicode versions, so every code point is asked of the package itself. A line is a
run of code points: first, last, the bits of Property (properties.h).
"""
import io
import sys
import tempfile

import regex
import sentencepiece
import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def word_by_added_token():
    """single_word tokens stand only where no regex word character follows."""
    tok = Tokenizer(models.WordLevel({"[U]": 0}, unk_token="[U]"))
    tok.add_tokens([AddedToken("@@", single_word=True, normalized=False)])
    texts = ["@@" + chr(c) for c in CODE_POINTS]
    return [len(e.ids) == 1 for e in tok.encode_batch_fast(texts)]


def split_apart(pre, kept=3):
    """True where pre cuts "x<c>x" into `kept` pieces."""
    return [len(pre.pre_tokenize_str(f"x{chr(c)}x")) == kept for c in CODE_POINTS]


def removed(norm):
    return [norm.normalize_str("x" + chr(c) + "x") == "xx" for c in CODE_POINTS]


def becomes(norm, form):
    return [norm.normalize_str("x" + chr(c) + "x") == "x" + form(chr(c)) + "x" for c in CODE_POINTS]


def bert(**on):
    parts = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**parts, **on})


def field(message, wanted):
    """The bytes of a field of a protobuf message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while True:
        tag = varint()
        size = {1: 8, 5: 4}.get(tag & 7) if tag & 7 in (1, 5) else varint()
        if tag & 7 == 0:
            continue
        if tag >> 3 == wanted:
            return message[at:at + size]
        at += size


def graphemes_go_on():
    """Precompiled replaces a whole grapheme cluster by what its beginning becomes: x by y, so "x<c>" by "y"."""
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        rules.write("78\t79\n")
        rules.flush()
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["a b c"] * 9), model_writer=model, vocab_size=8, hard_vocab_limit=False,
            normalization_rule_tsv=rules.name, minloglevel=2)
    norm = normalizers.Precompiled(field(field(model.getvalue(), 3), 2))  # normalizer_spec, precompiled_charsmap
    return [norm.normalize_str("x" + chr(c)) == "y" for c in CODE_POINTS]


def in_class(name):
    """Not to be told from the outside: clusters of other characters than these have no rules of their own."""
    pattern = regex.compile(rf"\p{{GCB={name}}}")
    return [bool(pattern.match(chr(c))) for c in CODE_POINTS]


space = split_apart(pre_tokenizers.WhitespaceSplit(), 2)
columns = [
    word_by_added_token(),
    space,
    removed(normalizers.StripAccents()),
    removed(bert(strip_accents=True)),
    removed(bert(clean_text=True)),
    [a and c != 0x20 for a, c in zip(becomes(bert(clean_text=True), lambda c: " "), CODE_POINTS)],
    becomes(bert(handle_chinese_chars=True), lambda c: f" {c} "),
    split_apart(pre_tokenizers.BertPreTokenizer()),
    split_apart(pre_tokenizers.Punctuation("isolated")),
    split_apart(pre_tokenizers.Digits(individual_digits=True)),
    [len(p) == 1 for p in (pre_tokenizers.Whitespace().pre_tokenize_str(f"x{chr(c)}") for c in CODE_POINTS)],
]
# The last one says "word or space": a space is cut off and removed.
columns[-1] = [w and not s for w, s in zip(columns[-1], space)]
columns += [graphemes_go_on(), in_class("Prepend"), in_class("Control")]

print(f"// Written by make_properties.py with tokenizers {tokenizers.__version__}: do not edit.")
first, bits = None, 0
for c, row in zip(CODE_POINTS + [0x110000], list(zip(*columns)) + [()]):
    now = sum(1 << i for i, x in enumerate(row) if x)
    if first is not None and (now != bits or c == 0xE000):
        if bits:
            print(f"{{0x{first:X}, 0x{(c if c != 0xE000 else 0xD800) - 1:X}, 0x{bits:X}}},")
        first = None
    if first is None:
        first, bits = c, now
sys.stdout.flush()
