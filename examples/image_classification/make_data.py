#!/usr/bin/env python3
"""make_data.py DIR [PICTURES]: DIR/{train,val,test}/{checks,dots,horizontal,vertical}/*.ppm, patterns in random colours,
sizes and places. Val and test are darker, as if by another camera. The same pictures every time."""
import os
import random
import sys

WIDTH, HEIGHT = 48, 40
PATTERNS = {
    "checks": lambda x, y, p: (x // p + y // p) % 2 == 0,
    "dots": lambda x, y, p: x % (2 * p) < p and y % (2 * p) < p,
    "horizontal": lambda x, y, p: y // p % 2 == 0,
    "vertical": lambda x, y, p: x // p % 2 == 0,
}

def picture(draw: random.Random, pattern, brightness: float) -> bytes:
    ink, paper = ([draw.randrange(256) for _ in range(3)] for _ in range(2))
    while sum(abs(a - b) for a, b in zip(ink, paper)) < 200:
        paper = [draw.randrange(256) for _ in range(3)]
    period, left, top = draw.randint(3, 6), draw.randrange(12), draw.randrange(12)
    noise = bytes(draw.randrange(32) for _ in range(997))
    pixels = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            color = ink if pattern(x + left, y + top, period) else paper
            grain = noise[(y * WIDTH + x) % 997] - 16
            pixels += bytes(max(0, min(255, int((c + grain) * brightness))) for c in color)
    return b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + bytes(pixels)

out, pictures = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1600
draw = random.Random(1)
for number in range(pictures):
    split = ["train", "train", "train", "val", "test"][number // len(PATTERNS) % 5]
    name = sorted(PATTERNS)[number % len(PATTERNS)]
    folder = os.path.join(out, split, name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "%05d.ppm" % number), "wb") as file:
        file.write(picture(draw, PATTERNS[name], 1 if split == "train" else 0.7))
