#!/usr/bin/env python3
"""Writes stand_ins_data.inc: characters that came after Unicode 14, by what Oniguruma takes them for.

  python3 make_stand_ins.py > stand_ins_data.inc        (needs the package `tokenizers`)

PCRE2 may not know them yet (Debian 12: Unicode 14). Where a text has one, the regular expression sees an older
character of the same length and category in its place. Characters that Oniguruma does not know either are seen as
one that will never be given. A line is a run: first, last, what stands for them.
"""
import unicodedata

import tokenizers
from tokenizers import Regex, pre_tokenizers

OLD = {  # category: a character of 3 bytes and one of 4
    "Lu": (0x1E00, 0x10400), "Ll": (0x1E01, 0x10428), "Lm": (0x1D2C, 0x16B40), "Lo": (0x2D30, 0x10000),
    "Mn": (0x1DC0, 0x101FD), "Mc": (0x0903, 0x11002), "Me": (0x20DD, None), "Nd": (0x0966, 0x104A0),
    "Nl": (0x2160, 0x10140), "No": (0x2460, 0x10107), "Pd": (0x2010, 0x10EAD), "Ps": (0x2045, None),
    "Pe": (0x2046, None), "Pi": (0x2018, None), "Pf": (0x2019, None), "Po": (0x2016, 0x10100), "Pc": (0x203F, None),
    "Sm": (0x2190, 0x1D6C1), "Sc": (0x20A0, 0x1E2FF), "Sk": (0x1FBD, 0x1F3FB), "So": (0x2300, 0x1F300),
    "Cf": (0x200B, 0x110BD), "Cn": (0xFDD0, 0x1FFFE), "Han": (0x4E00, 0x20000),
}


def matches(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    return lambda c: not split.pre_tokenize_str(chr(c))


tests = {name: matches(rf"\p{{{name}}}") for name in OLD if name != "Cn"}
rows = []
for c in range(0x800, 0x110000):
    if c == 0x180E:  # white space to PCRE2 alone
        rows.append([c, c, 0x2060])
        continue
    if unicodedata.category(chr(c)) != "Cn" or 0xD800 <= c < 0xE000:
        continue
    category = "Han" if tests["Han"](c) else next((n for n, test in tests.items() if test(c)), "Cn")
    stand_in = OLD[category][c >= 0x10000]
    if c == stand_in:
        continue
    if rows and rows[-1][1] == c - 1 and rows[-1][2] == stand_in:
        rows[-1][1] = c
    else:
        rows.append([c, c, stand_in])
assert unicodedata.unidata_version == "14.0.0"
print(f"// Written by make_stand_ins.py with tokenizers {tokenizers.__version__}: do not edit.")
for row in rows:
    print("{" + ", ".join(f"0x{x:X}" for x in row) + "},")
