#!/usr/bin/env python3
"""make_data.py OUT.txt [LINES]: sentences of a small grammar, one a line. The same every time."""
import random
import sys

NOUNS = "baker carpenter doctor gardener lawyer painter sailor teacher violinist weaver".split()
VERBS = "admires answers believes calls follows forgives helps invites remembers understands".split()
ADJECTIVES = "careful cheerful curious gentle honest patient quiet young".split()

def someone(draw: random.Random) -> str:
    adjective = draw.choice(ADJECTIVES) + " " if draw.random() < 0.4 else ""
    return "the " + adjective + draw.choice(NOUNS)

out, lines = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 6000
draw = random.Random(1)
with open(out, "w") as file:
    for _ in range(lines):
        end = " because " + someone(draw) + " " + draw.choice(VERBS) + " everyone" if draw.random() < 0.3 else ""
        file.write(someone(draw) + " " + draw.choice(VERBS) + " " + someone(draw) + end + ".\n")
