#!/usr/bin/env python3
"""Writes split_pieces.inc: how the reference cuts hostile texts, for tests/unit/split_test.cpp.

Usage: make_split_pieces.py > split_pieces.inc      (pip install tokenizers==0.23.3)
A row is a pattern's name, a text and the lengths of its pieces in bytes. The reference is Hugging Face's Split; where tiktoken's
pattern says $ it must say \\z, for in that dialect $ also stands before a newline, and {1,3} for {1,3}+, which is another thing.
"""
import random
from tokenizers import Regex, pre_tokenizers

PATTERNS = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++\z|\s+(?!\S)|\s",
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*+"
              r"|\s++\z|\s*[\r\n]|\s+(?!\S)|\s",
    "llama3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
              r"|\s+(?!\S)|\s+",
    "qwen": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "o200k": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
             r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
             r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}
DEEPSEEK = [r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+",
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*"
            "|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"]
TEXTS = [
    "I'm you're HE'S we'Ve it'\u017f 'sound x'sy x's's ''s don't't", "camelCase HTTPServer XMLHttpRequest iPhone ABCdef's ABC'S aB",
    "a  \n", "\n  ", "x \n \n  y", "if (x) {\n\n\n        return 1;\n\t\t}\n", "!\n \n!\n\n  x !\r\n/y //\n/ \n/",
    "\tx\t\ty \tz\t 1\t!", "1234567 12 12345a1b22 \u0663\u0664\u0665\u0666 \u00bd12 \u2160\u2161\u2162\u2163 1\u0663",
    "a\u2028b\u2029\u2029c\u0085 d\u00a0e \u00a0 f\u3000\u3000g", "a\u200bb\ufeffc\u180ed e\u200b f",
    "e\u0301\u0301A\u0301B !\u0301x !!\u0301y \u0301 \u0301Z \u0301ab", "\u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\u6f22\u5b57ABC\u6f22a \u3042\u30fb\u3044\u3002\u201c\u5f15\u201d 12\u6f2234 \u30a1x", "\u01c5x\u02b0Y\u00aaZ\u00e9\u00c9\u00e9 \u0416\u0436\u0416",
    "\U0001f468\u200d\U0001f469 \U0001f44d\U0001f3fd!! \u2764\ufe0f", "\x00a\x1c b\x1f\x1f\x7f \ue000\ue000x\ue000", "(foo ((bar [](baz)) _a__b -1 --2 .5",
    "\U00010400\U00010428 \U0001d7d8\U0001d7d9 \U00020000\U0001e900", " \n'll \n'\n", "   ", "'", "s'", " '", "",
]


def pieces(name, text):
    if name == "deepseek":
        splits = [pre_tokenizers.Split(Regex(p), "isolated") for p in DEEPSEEK]
        return [p for p, _ in pre_tokenizers.Sequence(splits).pre_tokenize_str(text)]
    return [p for p, _ in pre_tokenizers.Split(Regex(PATTERNS[name]), "isolated").pre_tokenize_str(text)]


def escaped(text):
    return "".join(f"\\{b:03o}" if b < 32 or b > 126 or b in b'"\\?' else chr(b) for b in text.encode())


rnd = random.Random(7)
alphabet = list("  \n\r\t'!/1azAZsStl\u0301\u6f22\u00e9\u00c9\u00a0")
TEXTS += ["".join(rnd.choice(alphabet) for _ in range(100)) for _ in range(12)]
print("// Written by make_split_pieces.py.")
for name in [*PATTERNS, "deepseek"]:
    for text in TEXTS:
        lengths = ", ".join(str(len(p.encode())) for p in pieces(name, text))
        print(f'{{"{name}", std::string_view("{escaped(text)}", {len(text.encode())}), {{{lengths}}}}},')
