#!/usr/bin/env python3
"""damage.py DSPREP DIR [FLIPS CUTS PAGES]: damages a dataset, one fault at a time, and looks what dsprep says.

FLIPS single bits, CUTS truncations and PAGES zeroed 4 KiB pages at random places of all files of DIR (the longer a file, the
more often). For each: `verify` must exit with 4 and name the damaged file; `digest --deep`, which reads every sample, must
give the right digest or an error that dsprep names: never another digest, never a crash. DIR is left as it was.
Standard library only.
"""
import os, random, subprocess, sys

PAGE = 4096


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=120)
    return done.returncode, done.stdout, done.stderr


def damages(files, flips, cuts, pages):
    """Yields (file, kind, function from the old bytes to the new ones)."""
    draw = random.Random(42)
    names, sizes = list(files), [len(b) for b in files.values()]
    pick = lambda: draw.choices(names, sizes)[0]
    for _ in range(flips):
        name = pick()
        bit = draw.randrange(8 * len(files[name]))
        yield name, f"bit {bit % 8} of byte {bit // 8}", lambda old, bit=bit: old[: bit // 8] + bytes([old[bit // 8] ^ (1 << bit % 8)]) + old[bit // 8 + 1 :]
    for i in range(cuts):
        name = names[i % len(names)] if i < len(names) else pick()
        size = draw.randrange(len(files[name]))
        yield name, f"cut at {size}", lambda old, size=size: old[:size]
    done = 0
    while done < pages:
        name = pick()
        start = draw.randrange((len(files[name]) + PAGE - 1) // PAGE) * PAGE
        old = files[name]
        new = old[:start] + bytes(min(PAGE, len(old) - start)) + old[start + PAGE :]
        if new == old:
            continue  # the page held zeros
        done += 1
        yield name, f"page at {start} zeroed", lambda old, new=new: new


def main():
    program, folder = sys.argv[1:3]
    flips, cuts, pages = (int(a) for a in (sys.argv[3:6] or (1000, 100, 100)))
    files = {n: open(os.path.join(folder, n), "rb").read() for n in sorted(os.listdir(folder))}
    code, good, _ = run(program, "digest", "--deep", folder)
    assert code == 0, "the dataset is damaged before the test begins"
    good = good.split()[0]
    found = named = read_right = refused = total = 0
    wrong = []
    for name, kind, change in damages(files, flips, cuts, pages):
        path = os.path.join(folder, name)
        total += 1
        try:
            with open(path, "wb") as out:
                out.write(change(files[name]))
            code, said, error = run(program, "verify", folder)
            found += code == 4
            named += name in said + error
            if code != 4 or name not in said + error:
                wrong.append(f"{name}: {kind}: verify exits with {code}: {said[:200]}{error[:200]}")
            code, said, error = run(program, "digest", "--deep", folder)
            if code == 0 and said.split()[0] == good:
                read_right += 1
            elif code in (1, 4) and (error.startswith("dsprep: ") or "differ" in said + error):
                refused += 1
            else:
                wrong.append(f"{name}: {kind}: digest --deep exits with {code}: {said[:200]}{error[:200]}")
        finally:
            with open(path, "wb") as out:
                out.write(files[name])
    print(f"{folder}: {total} faults ({flips} bits, {cuts} cuts, {pages} pages) in {len(files)} files: {found} found, {named} with the "
          f"right file, 0 wrong bytes; the reader refused {refused} times and was not touched by {read_right}" if not wrong else "\n".join(wrong))
    sys.exit(1 if wrong else 0)


main()
