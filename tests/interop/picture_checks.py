"""What the tests of pictures share: our program as a function, Pillow's files, and a list of what went wrong."""
import io, subprocess, sys, tempfile
from pathlib import Path

import numpy as np
from PIL import Image

DSPREP = sys.argv[1]
_work = tempfile.TemporaryDirectory()
_failures = []
_count = 0


def ours(data, *options):
    """The RGB that `dsprep image` makes of a file's bytes, or the class of its error; "code N" where it says none."""
    picture, out = Path(_work.name, "in"), Path(_work.name, "out.ppm")
    picture.write_bytes(data)
    p = subprocess.run([DSPREP, "image", picture, "--out", out, *options], capture_output=True, timeout=20)
    if p.returncode:
        words = p.stderr.decode().split(": ")
        return words[1] if len(words) > 1 and p.returncode > 0 else f"code {p.returncode}"
    return np.asarray(Image.open(out).convert("RGB"))


def saved(image, format, **kw):
    """The file that Pillow makes of a picture or an array."""
    o = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(o, format, **kw)
    return o.getvalue()


def _fault(got, expected, most):
    if isinstance(expected, np.ndarray) and isinstance(got, np.ndarray):
        if got.shape != expected.shape:
            return f"{got.shape}, expected {expected.shape}"
        worst = int(np.abs(got.astype(int) - expected).max())
        return f"differs by {worst}, allowed {most}" if worst > most else None
    if not isinstance(expected, np.ndarray) and isinstance(got, str) and got in expected:
        return None
    wanted = "a picture" if isinstance(expected, np.ndarray) else " or ".join(expected)
    return f"{got if isinstance(got, str) else 'a picture'}, expected {wanted}"


def check(name, data, expected, most=0, options=()):
    """`expected`: an array, from which no value may differ by more than `most`; or the classes of error of which one must come."""
    _verify(name, _fault(ours(data, *options), (expected,) if isinstance(expected, str) else expected, most))


def survives(name, data, *classes):
    """A picture, or an error of one of these classes; no crash, and no hang."""
    got = ours(data)
    _verify(name, got if isinstance(got, str) and got not in classes else None)


def _verify(name, fault):
    """Counts a check; `fault` says what is wrong, if anything is."""
    global _count
    _count += 1
    if fault is not None:
        _failures.append(f"{name}: {fault}")


def finish(what):
    print(f"{_count - len(_failures)} of {_count} {what} as they must be")
    for f in _failures:
        print("  " + f)
    sys.exit(bool(_failures))
