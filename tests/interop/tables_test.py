"""Tables that dsprep builds hold what Python's csv module and numpy read of the same files.

python tables_test.py DSPREP

DSPREP is the program. Needs numpy.
"""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

import numpy

DSPREP = None


def build(out, *arguments):
    subprocess.run([DSPREP, "build-shards", *arguments, "--out", out, "--progress", "none"], check=True, stderr=subprocess.DEVNULL)


def column(folder, name, split="train"):
    """The values of a field over all shards of a split; texts as a list of bytes."""
    stems = sorted(f[: -len(".key.npy")] for f in os.listdir(folder) if f.startswith(split + "-") and f.endswith(".key.npy"))
    parts = [numpy.load(os.path.join(folder, f"{stem}.{name}.npy"), mmap_mode="r") for stem in stems]
    offsets = [os.path.join(folder, f"{stem}.{name}.offsets.npy") for stem in stems]
    if not os.path.exists(offsets[0]):
        return numpy.concatenate(parts)
    return [bytes(part[a:b]) for part, path in zip(parts, offsets) for a, b in zip(numpy.load(path)[:-1], numpy.load(path)[1:])]


class Tables(unittest.TestCase):
    def test_values_are_those_of_the_csv_module(self):
        pick = random.Random(3)
        pieces = ["a", "é", "日", ",", "\n", "\r\n", '"', " ", "\t", ";", "x" * 50]
        for seed, (delimiter, end) in enumerate(((",", "\n"), (",", "\r\n"), ("\t", "\n"), (";", "\r\n"))):
            with self.subTest(delimiter=delimiter, end=end), tempfile.TemporaryDirectory() as folder:
                rows = [[repr(pick.gauss(0, 10 ** pick.randint(-30, 30))) if pick.random() > 0.1 else pick.choice(["", "NA", "nan"]),
                         "".join(pick.choice(pieces) for _ in range(pick.randint(0, 8))),
                         str(pick.randint(-(2**63), 2**63 - 1)),
                         pick.choice(["1e5", "-0.5", "3", " 7 "])] for _ in range(3000)]
                path = os.path.join(folder, "t.tsv" if delimiter == "\t" else "t.csv")
                with open(path, "w", encoding="utf-8", newline="") as file:
                    writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
                    writer.writerow(["x", "note", "id", "y"])
                    writer.writerows(rows)
                with open(path, encoding="utf-8", newline="") as file:
                    rows = list(csv.reader(file, delimiter=delimiter))[1:]
                out = os.path.join(folder, "out")
                build(out, path, "--columns", "features=x+y:float64,note:text,id:int64", "--shards", "3",
                      *(["--delimiter", delimiter] if delimiter == ";" else []))
                number = lambda text: float("nan") if text in ("", "NA") else float(text)
                expected = numpy.array([[number(row[0]), number(row[3])] for row in rows])
                numpy.testing.assert_array_equal(column(out, "features"), expected)
                numpy.testing.assert_array_equal(column(out, "id"), numpy.array([int(row[2]) for row in rows]))
                self.assertEqual(column(out, "note"), [row[1].encode() for row in rows])

    def test_npy_and_jsonl_are_the_same_table(self):
        random_values = numpy.random.default_rng(1).normal(size=(1000, 7))
        with tempfile.TemporaryDirectory() as folder:
            numpy.save(os.path.join(folder, "t.npy"), random_values)
            with open(os.path.join(folder, "t.jsonl"), "w") as file:
                for row in random_values:
                    file.write(json.dumps({str(i): value for i, value in enumerate(row)}) + "\n")
            named = numpy.zeros(1000, dtype=[("a", "<i4"), ("b", "<f8"), ("c", "|b1")])
            named["a"], named["b"], named["c"] = range(1000), random_values[:, 0], random_values[:, 1] > 0
            numpy.save(os.path.join(folder, "named.npy"), named)
            for name in ("t.npy", "t.jsonl"):
                out = os.path.join(folder, name + "-out")
                build(out, os.path.join(folder, name), "--kind", "table", "--shards", "4")
                numpy.testing.assert_array_equal(column(out, "features"), random_values.astype(numpy.float32))
            out = os.path.join(folder, "named-out")
            build(out, os.path.join(folder, "named.npy"), "--columns", "a:int32,b:float64,c:bool")
            for name in named.dtype.names:
                numpy.testing.assert_array_equal(column(out, name), named[name])

    def test_every_dtype_and_order_of_npy(self):
        random = numpy.random.default_rng(5)
        for code in ("?", "u1", "i1", "<u2", ">i2", "<u4", ">i4", "<u8", ">i8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"):
            dtype = numpy.dtype(code)
            values = (random.normal(size=(300, 5)) * 100).astype("f4")
            values = (values > 0) if code == "?" else numpy.abs(values).astype(dtype) if dtype.kind == "u" else values.astype(dtype)
            for order in "CF":
                with self.subTest(code=code, order=order), tempfile.TemporaryDirectory() as folder:
                    path = os.path.join(folder, "t.npy")
                    numpy.save(path, numpy.asarray(values, order=order))
                    out = os.path.join(folder, "out")
                    kind = "float64" if dtype.kind in "f?" else dtype.newbyteorder("=").name
                    build(out, path, "--columns", f"x=0..4:{'bool' if code == '?' else kind}", "--shards", "3")
                    numpy.testing.assert_array_equal(column(out, "x"), values.astype(values.dtype.newbyteorder("=")))

    def test_scaling_is_scikit_learns_fit_on_train(self):
        from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
        random = numpy.random.default_rng(6)
        values = random.normal(size=(5000, 4)) * [1, 10, 1e3, 1e-3] + [0, 5, -1e4, 1]
        part = numpy.where(random.random(5000) < 0.8, "train", "test")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.csv")
            with open(path, "w") as file:
                file.write("a,b,c,d,part\n")
                file.writelines(",".join(map(repr, row.tolist())) + f",{name}\n" for row, name in zip(values, part))
            for name, peer in (("standard", StandardScaler()), ("robust", RobustScaler()), ("minmax", MinMaxScaler())):
                out = os.path.join(folder, name)
                build(out, path, "--columns", "x=a+b+c+d:float64", "--split", "column:part", "--scale", name, "--shards", "2")
                peer.fit(values[part == "train"])
                for split in ("train", "test"):
                    expected = peer.transform(values[part == split])
                    if name == "standard":  # its deviation is divided by n, ours by n - 1
                        count = (part == "train").sum()
                        expected *= numpy.sqrt((count - 1) / count)
                    numpy.testing.assert_allclose(column(out, "x", split), expected, rtol=1e-10, atol=1e-10)

    def test_windows_are_sliding_windows(self):
        values = numpy.random.default_rng(2).normal(size=(500, 3)).astype(numpy.float32)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.npy")
            numpy.save(path, values)
            out = os.path.join(folder, "out")
            build(out, path, "--window", "16", "--stride", "5", "--horizon", "4", "--target", "2,0")
            starts = range(0, 500 - 4 - 16 + 1, 5)
            numpy.testing.assert_array_equal(column(out, "features"), numpy.stack([values[s : s + 16] for s in starts]))
            numpy.testing.assert_array_equal(column(out, "target"), numpy.stack([values[s + 16 : s + 20][:, [2, 0]] for s in starts]))


if __name__ == "__main__":
    DSPREP = os.path.abspath(sys.argv.pop())
    unittest.main()
