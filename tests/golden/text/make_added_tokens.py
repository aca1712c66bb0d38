#!/usr/bin/env python3
"""Writes added_tokens.json: how Hugging Face's tokenizers cuts texts at added tokens.

  python3 make_added_tokens.py          (needs the package `tokenizers`)

The model knows no word, so that every part between added tokens is one <unk>; its offsets tell the part.
"""
import json
import pathlib

import tokenizers
from tokenizers import AddedToken, Tokenizer, models

SETS = {  # name: content -> flags (s: single_word, l: lstrip, r: rstrip)
    "plain": {"<s>": "", "</s>": "", "<s><s>": "", "<": ""},
    "overlapping": {"ab": "", "abcd": "", "bcdefg": "", "cd": ""},
    "words": {"cat": "s", "@@": "s"},
    "strips": {"[M]": "lr", "[L]": "l", "[R]": "r"},
    "spaces that take spaces": {"\n": "r", "[R]": "r", "  ": ""},
    "many first bytes": {"1": "", "2x": "", "Ω": "", "日本": "", "z": "s", "!": "lr"},
}
TEXTS = ["", "<s>", "a<s>b</s>c", "<s><s><s>", "<<s><<s", "<s", "abcdefg", "abcabcd cd ab", "xabcdx" * 7,
         "cat cats cat. a_cat cat_ écat caté 'cat' cat", "@@ @@a a@@ @@@@ @@", "cat\u200dcat cat\u0301 cat\u00b2",
         "a  [M]  b [L] c [R]  d[M][L][R]", " \u3000[M]\u2003\u00a0x\u200b[M]", "[R]   [L]   [M]  ",
         "[R]\n\n x\n  \n  y", "\n\n\n", "   x    ", "12x Ω日本 z zz z ! a!b  !", "日本日本 ΩΩ é" * 5,
         "the quick brown fox jumps over the lazy dog and no token is here at all"]


def pieces(tok, text):
    encoding = tok.encode(text)
    return [text[a:b] if i == 0 else i for i, (a, b) in zip(encoding.ids, encoding.offsets)]


cases = []
for name, contents in SETS.items():
    tok = Tokenizer(models.WordLevel({"<unk>": 0}, unk_token="<unk>"))
    tok.add_tokens([AddedToken(c, single_word="s" in f, lstrip="l" in f, rstrip="r" in f, normalized=False)
                    for c, f in contents.items()])
    cases.append({"name": name, "added_tokens": json.loads(tok.to_str())["added_tokens"],
                  "texts": [{"text": t, "pieces": pieces(tok, t)} for t in TEXTS]})
out = pathlib.Path(__file__).with_name("added_tokens.json")
out.write_text(json.dumps({"made by": f"tokenizers {tokenizers.__version__}", "cases": cases},
                          separators=(",", ":"), ensure_ascii=True).replace('{"text"', '\n{"text"') + "\n")
