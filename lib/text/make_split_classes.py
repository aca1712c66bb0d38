#!/usr/bin/env python3
"""Writes split_classes_data.inc: the class of every code point for the pre-tokenizers' patterns.

Usage: make_split_classes.py > split_classes_data.inc
The classes are what tiktoken's regular expressions do (pip install tiktoken==0.14.0: Unicode 16.0), asked for one by one, so
that no version of Unicode has to be guessed. Hugging Face's tokenizers 0.23 gives the same sets.
"""
import tiktoken

POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
CLASSES = {1: r"\p{P}", 2: r"\p{S}", 3: r"\s", 4: r"\p{N}", 5: r"\p{Lu}|\p{Lt}", 6: r"\p{Ll}", 7: r"\p{Lm}|\p{Lo}", 8: r"\p{M}"}
BLOCK = 128


def members(pattern):
    bytes_only = {bytes([i]): i for i in range(256)}
    encoding = tiktoken.Encoding("x", pat_str=pattern, mergeable_ranks=bytes_only, special_tokens={})
    return map(ord, bytes(encoding.encode_ordinary("".join(map(chr, POINTS)))).decode())


def rows(name, kind, values):
    print(f"constexpr {kind} {name}[{len(values)}] = {{")
    for i in range(0, len(values), 64):
        print(",".join(map(str, values[i:i + 64])) + ",")
    print("};")


table = bytearray(0x110000)
for number, pattern in CLASSES.items():
    for point in members(pattern):
        table[point] = number
blocks, index = {}, []
for start in range(0, 0x110000, BLOCK):
    index.append(blocks.setdefault(bytes(table[start:start + BLOCK]), len(blocks)))
assert len(blocks) <= 256
print("// Written by make_split_classes.py: Unicode 16.0. A block holds the classes of 128 code points.")
rows("kBlockOf", "std::uint8_t", index)
rows("kClassBlocks", "std::uint8_t", list(b"".join(blocks)))
