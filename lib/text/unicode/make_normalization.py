#!/usr/bin/env python3
"""Writes normalization_data.inc: decompositions, compositions, combining classes, small letters and scripts as
Hugging Face's tokenizers has them.

  python3 make_normalization.py > normalization_data.inc        (needs the package `tokenizers`)

Every code point is asked of the package itself, since its Rust crates carry Unicode versions of their own.
Hangul syllables are left out: they follow a formula, which is checked here.
"""
import unicodedata

import tokenizers
from tokenizers import normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
nfd, nfc = normalizers.NFD().normalize_str, normalizers.NFC().normalize_str
nfkd, lower = normalizers.NFKD().normalize_str, normalizers.Lowercase().normalize_str


def text(s):
    return '"' + "".join(f"\\x{b:02X}" for b in s.encode()) + '"'


def table(name, kind, rows):
    print(f"constexpr {kind} {name}[] = {{")
    for row in rows:
        print("{" + ", ".join(row) + "},")
    print("};")


def runs(name, values):
    """Rows of first, last and value for code points of one value that is not 0."""
    rows, first, now = [], None, 0
    for c, v in zip(CODE_POINTS + [0x110000], values + [0]):
        if v != now or c == 0xE000:
            if now:
                rows.append((hex(first), hex((c if c != 0xE000 else 0xD800) - 1), str(now)))
            first, now = c, v
    table(name, "CodePointRun", rows)


def hangul(c):
    index = c - 0xAC00
    parts = [0x1100 + index // 588, 0x1161 + index % 588 // 28]
    return "".join(map(chr, parts + [0x11A7 + index % 28] * (index % 28 > 0)))


canonical = {c: nfd(chr(c)) for c in CODE_POINTS}
compatible = {c: nfkd(chr(c)) for c in CODE_POINTS}
for c in range(0xAC00, 0xD7A4):
    assert canonical[c] == compatible[c] == hangul(c) and nfc(hangul(c)) == chr(c)
    canonical[c] = compatible[c] = chr(c)
decomposed = [(c, d) for c, d in canonical.items() if d != chr(c)]

# A composition joins the character that all but the last of a decomposition make, and the last one.
pairs = []
for c, d in decomposed:
    if nfc(chr(c)) == chr(c):
        first = nfc(d[:-1])
        assert len(d) > 1 and len(first) == 1, hex(c)
        pairs.append((ord(first), ord(d[-1]), c))

# Canonical order swaps two marks when the class of the first is larger: asked with a mark of each class.
marks = {}
for c in CODE_POINTS:
    if unicodedata.combining(chr(c)):
        marks.setdefault(unicodedata.combining(chr(c)), chr(c))


def combining_class(c):
    swapped = lambda a, b: nfd(a + b) == b + a
    if c in dict_of_decomposed or not (swapped(marks[240], c) or swapped(c, marks[1]) or c in (marks[240], marks[1])):
        return 0
    return next(v for v, m in marks.items() if m == c or not (swapped(m, c) or swapped(c, m)))


dict_of_decomposed = {chr(c) for c, _ in decomposed}
classes = [combining_class(chr(c)) for c in CODE_POINTS]

# Scripts: equal ones are not cut apart; those that stand alone give nothing belong to any script.
pieces = pre_tokenizers.UnicodeScripts().pre_tokenize_str
known, scripts = [], []
for c in CODE_POINTS:
    if not pieces(chr(c)):
        scripts.append(0)
        continue
    together = lambda other: len(pieces(other + chr(c))) == 1
    last = next((s for s in reversed(scripts[-1:]) if s), None)
    if last and together(known[last - 1]):
        scripts.append(last)
        continue
    found = next((i for i, other in enumerate(known) if together(other)), None)
    if found is None:
        known.append(chr(c))
        found = len(known) - 1
    scripts.append(found + 1)

print(f"// Written by make_normalization.py with tokenizers {tokenizers.__version__}: do not edit.")
table("kCanonical", "Mapping", [(hex(c), text(d)) for c, d in decomposed])
table("kCompatible", "Mapping", [(hex(c), text(d)) for c, d in compatible.items() if d != canonical[c]])
table("kLower", "Mapping", [(hex(c), text(lower(chr(c)))) for c in CODE_POINTS if lower(chr(c)) != chr(c)])
table("kPairs", "Composition", [tuple(map(hex, p)) for p in pairs])
runs("kCombiningClasses", classes)
runs("kScripts", scripts)
