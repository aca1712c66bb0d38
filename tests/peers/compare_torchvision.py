"""compare_torchvision.py AUGMENT_DRAWS DSPREP: the online transforms and --resize/--crop beside torchvision's v2 itself.

Random numbers differ between the libraries, so each of our draws (box, flip, order and strengths of the colour steps) is
handed to torchvision's functions, and its pixels are compared with ours; that draws have torchvision's distribution is
tested on 20,000 boxes of each (Kolmogorov and Smirnov, p > 0.001).
"""
import subprocess, sys, tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

DRAWS, DSPREP = (str(Path(p).resolve()) for p in sys.argv[1:3])
WORK = Path(tempfile.mkdtemp())
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
failures = 0


def check(name, good, what):
    global failures
    failures += not good
    print(f"{'ok  ' if good else 'FAIL'} {name}: {what}")


def picture(width, height):
    """Smooth, with edges and some noise, as photos are."""
    rng = np.random.default_rng(width)
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 100 * np.sin(x / (17 + c) + y / (29 - 3 * c)) + 40 * ((x // 31 + y // 23) % 2) for c in range(3)]
    return np.clip(np.stack(waves, 2) + rng.normal(0, 6, (height, width, 3)), 0, 255).astype(np.uint8)


def draws(image, positions, *more):
    Image.fromarray(image).save(WORK / "in.png")
    lines = subprocess.run([DRAWS, "in.png", str(positions), *more], cwd=WORK, capture_output=True, text=True, check=True).stdout.splitlines()
    return [[float(v) for v in line.split()] for line in lines]


def colour_step(tensor, step, value):
    return [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue][step](tensor, value)


def worst(a, b):
    return int(np.abs(a.astype(int) - b.astype(int)).max())


image = picture(500, 375)
tensor = torch.from_numpy(image).permute(2, 0, 1)
table = draws(image, 20000)
crops, colours, floats = [], [], []
for i in range(40):
    x, y, w, h, flip, *rest = table[i]
    order, values = [int(v) for v in rest[:4]], rest[4:]
    ours = np.fromfile(WORK / f"{i}.u8", np.uint8).reshape(224, 224, 3)
    theirs = F.resized_crop(tensor, int(y), int(x), int(h), int(w), [224, 224], antialias=True)
    for step in order:
        theirs = colour_step(theirs, step, values[step])
    if flip:
        theirs = F.horizontal_flip(theirs)
    difference = np.abs(ours.astype(int) - theirs.permute(1, 2, 0).numpy())
    # a level of the resize, multiplied by the colour steps; a hue may jump between sectors for gray pixels
    colours.append((np.mean(difference), np.mean(difference > 4)))
    normal = F.normalize(torch.from_numpy(ours.copy()).permute(2, 0, 1).float() / 255, MEAN, STD).numpy()
    floats.append(float(np.abs(np.fromfile(WORK / f"{i}.f32", np.float32).reshape(3, 224, 224) - normal).max()))
check("RandomResizedCrop, ColorJitter, flip from one draw", max(m for m, _ in colours) < 1 and max(s for _, s in colours) < 0.01,
      f"mean difference at most {max(m for m, _ in colours):.3f} levels, over 4 levels at most {max(s for _, s in colours):.4%} of the values")
check("Normalize", max(floats) < 1e-5, f"at most {max(floats):.1e}")


def smirnov(a, b):
    both = np.sort(np.concatenate([a, b]))
    rank = lambda v: np.searchsorted(np.sort(v), both, side="right") / len(v)
    distance = float(np.abs(rank(a) - rank(b)).max())
    return distance, 1.95 * np.sqrt(2 / len(a))  # p = 0.001


theirs = np.array([[b[1], b[0], b[3], b[2]] for b in (
    (lambda p: (p["top"], p["left"], p["height"], p["width"]))(v2.RandomResizedCrop(224).make_params([tensor])) for _ in range(20000))])
ours = np.array([row[:4] for row in table])
for name, of in (("area", lambda b: b[:, 2] * b[:, 3]), ("ratio", lambda b: b[:, 2] / b[:, 3]), ("left", lambda b: b[:, 0]), ("top", lambda b: b[:, 1])):
    distance, most = smirnov(of(ours), of(theirs))
    check(f"distribution of the box's {name}", distance < most, f"distance {distance:.4f}, allowed {most:.4f}")
long = picture(2000, 30)
parameters = v2.RandomResizedCrop(224).make_params([torch.from_numpy(long).permute(2, 0, 1)])
box = draws(long, 1)[0][:4]
check("a picture too long for any box", box == [parameters["left"], parameters["top"], parameters["width"], parameters["height"]], f"{box}")
check("share of flips", abs(np.mean([r[4] for r in table]) - 0.5) < 0.015, f"{np.mean([r[4] for r in table]):.4f}")

for width, height in ((500, 375), (375, 500), (501, 377), (256, 256), (260, 1000), (120, 90), (1024, 333)):
    image = picture(width, height)
    tensor = torch.from_numpy(image).permute(2, 0, 1)
    theirs = F.center_crop(F.resize(tensor, [256], antialias=True), [224, 224]).permute(1, 2, 0).numpy()
    draws(image, 1, "eval")
    ours = np.fromfile(WORK / "0.u8", np.uint8).reshape(224, 224, 3)
    check(f"Resize(256) and CenterCrop(224) of {width} x {height}", worst(ours, theirs) <= 1, f"at most {worst(ours, theirs)}")
    subprocess.run([DSPREP, "image", str(WORK / "in.png"), "--resize", "256", "--crop", "224", "--out", str(WORK / "o.png")], check=True)
    built = np.asarray(Image.open(WORK / "o.png"))
    check("  the same by --resize 256 --crop 224", worst(built, theirs) <= 1, f"at most {worst(built, theirs)}")
sys.exit(bool(failures))
