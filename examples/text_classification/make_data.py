#!/usr/bin/env python3
"""make_data.py OUT.csv [ROWS]: texts of three topics, columns text, label and split. The same rows every time."""
import csv
import random
import sys

TOPICS = {
    "cooking": "oven butter flour simmer garlic onion recipe whisk salt roast pan dough spice broth taste".split(),
    "sailing": "anchor harbor mast tide rudder deck keel storm crew compass sail hull wave knot port".split(),
    "music": "chord melody drum tempo violin scale bass rhythm verse choir concert note piano tune score".split(),
}
COMMON = "the a of and to in it was with for on that very then when some more again about we they this all".split()

def text(draw: random.Random, topic: str) -> str:
    # One word in five speaks of the topic, one in twenty of another; some words occur once only.
    words = []
    for _ in range(draw.randint(4, 40)):
        dice = draw.random()
        if dice < 0.20:
            words.append(draw.choice(TOPICS[topic]))
        elif dice < 0.25:
            words.append(draw.choice(TOPICS[draw.choice(sorted(TOPICS))]))
        elif dice < 0.28:
            words.append("name%d" % draw.randrange(10**9))
        else:
            words.append(draw.choice(COMMON))
    return " ".join(words)

out, rows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 6000
draw = random.Random(1)
with open(out, "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["text", "label", "split"])
    for row in range(rows):
        topic = draw.choice(sorted(TOPICS))
        writer.writerow([text(draw, topic), topic, ["train", "train", "train", "val", "test"][row % 5]])
