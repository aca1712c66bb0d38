"""Other software reads what dsprep writes, and dsprep reads what other software writes.

python interop_test.py MAKE_SHARDS SPEC.md

MAKE_SHARDS is the program beside this file. Needs numpy, webdataset, lmdb and xxhash from PyPI, GNU tar and bsdtar.
"""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest
import warnings

import lmdb
import numpy as np
import webdataset
import xxhash

MAKE_SHARDS = SPEC = FOLDER = LISTING = None
USUAL = {"class": ("label", "cls"), "text": ("text", "txt"), "json": ("json", "json"), "image": ("image", None)}
MAGIC = {b"\xff\xd8\xff": "jpg", b"\x89PNG": "png", b"GIF8": "gif"}


def shards(container, suffix):
    """The shards' files with this suffix, and the samples of each."""
    samples = LISTING["samples"]
    for number, part in enumerate((samples[:40], samples[40:])):
        yield os.path.join(FOLDER, container, f"train-{number:05}{suffix}"), part


def array_of(field, value):
    data = np.frombuffer(bytes.fromhex(value["bytes"]), np.dtype(field["dtype"]).newbyteorder("<"))
    return data.reshape(value["shape"])


def member_of(field, value):
    """Extension and content in tar and LMDB, as formats/SPEC.md says; None for a content that is a .npy file."""
    raw, encoding, name = bytes.fromhex(value["bytes"]), field["encoding"], field["name"]
    if encoding == "array":
        return name + ".npy", None
    if encoding == "bytes":
        return name, raw
    usual, extension = USUAL[encoding]
    if encoding == "image":
        extension = next((e for magic, e in MAGIC.items() if raw.startswith(magic)), "img")
    if encoding == "class":
        raw = str(int(array_of(field, value))).encode()
    return extension if name == usual else name + "." + extension, raw


class Members(unittest.TestCase):
    def check_members(self, entries, sample):
        """`entries`: content by extension, without the key."""
        expected = {member_of(field, sample["fields"][field["name"]])[0] for field in LISTING["schema"]}
        self.assertEqual(set(entries), expected)
        for field in LISTING["schema"]:
            value = sample["fields"][field["name"]]
            extension, raw = member_of(field, value)
            if raw is not None:
                self.assertEqual(entries[extension], raw)
                continue
            array = np.load(io.BytesIO(entries[extension]))
            self.assertEqual(array.dtype.str.lstrip("<|"), np.dtype(field["dtype"]).str.lstrip("<|"))
            np.testing.assert_array_equal(array, array_of(field, value))


class Numpy(unittest.TestCase):
    def test_memmap_shards(self):
        for key_file, samples in shards("memmap", ".key.npy"):
            stem = key_file[: -len(".key.npy")]
            for mode in (None, "r"):
                load = lambda name: np.load(f"{stem}.{name}.npy", mmap_mode=mode)
                keys = load("key")
                self.assertEqual([bytes(key) for key in keys], [bytes.fromhex(s["key"]) for s in samples])
                for field in LISTING["schema"]:
                    self.check_field(field, load, samples)

    def check_field(self, field, load, samples):
        name, values = field["name"], load(field["name"])
        self.assertEqual(values.dtype, np.dtype(field["dtype"]))
        expected = [array_of(field, sample["fields"][name]) for sample in samples]
        if -1 not in field["shape"]:
            np.testing.assert_array_equal(values, np.array(expected).reshape(values.shape))
            return
        offsets = load(name + ".offsets")
        self.assertEqual(len(offsets), len(samples) + 1)
        shapes = load(name + ".shapes") if len(field["shape"]) > 1 else np.diff(offsets).reshape(-1, 1)
        for i, value in enumerate(expected):
            got = values[offsets[i] : offsets[i + 1]].reshape(shapes[i].astype(int))
            np.testing.assert_array_equal(got, value)

    def test_shards_npy(self):
        for container in ("memmap", "lmdb", "wds"):
            table = np.load(os.path.join(FOLDER, container, "shards.npy"))
            self.assertEqual(table["samples"].tolist(), [40, 20])
            self.assertEqual(table["first"].tolist(), [0, 40])
            suffix = {"memmap": ".key.npy", "lmdb": ".lmdb", "wds": ".tar"}[container]
            for row, (path, _) in zip(table, shards(container, suffix)):
                with open(path, "rb") as file:
                    content = file.read()
                self.assertEqual(row["bytes"][-1], len(content))
                low, high = (int(half) for half in row["xxh3"][-1])
                self.assertEqual(high << 64 | low, xxhash.xxh3_128_intdigest(content))


class Lmdb(Members):
    def test_lmdb_shards(self):
        for path, samples in shards("lmdb", ".lmdb"):
            with lmdb.open(path, subdir=False, readonly=True, lock=False) as env, env.begin() as transaction:
                got = {}
                for key, value in transaction.cursor():
                    number, _, extension = key.decode().partition(".")
                    got.setdefault(int(number), {})[extension] = bytes(value)
            self.assertEqual(sorted(got), list(range(len(samples))))
            for i, sample in enumerate(samples):
                self.assertEqual(got[i].pop("key"), bytes.fromhex(sample["key"]))
                self.check_members(got[i], sample)


class Tar(Members):
    def check_files(self, files, samples):
        """`files`: content by name."""
        files = dict(files)
        for sample in samples:
            name = bytes.fromhex(sample["tar_name"]).decode()
            entries = {}
            for field in LISTING["schema"]:
                extension, _ = member_of(field, sample["fields"][field["name"]])
                entries[extension] = files.pop(name + "." + extension)
            self.check_members(entries, sample)
        self.assertEqual(list(files), [])

    def test_tarfile_seeking_and_streaming(self):
        for path, samples in shards("wds", ".tar"):
            for mode in ("r:", "r|"):
                with tarfile.open(path, mode) as archive:
                    self.check_files([(m.name, archive.extractfile(m).read()) for m in archive if m.isreg()], samples)

    def test_gnu_tar_and_bsdtar(self):
        for program in ("tar", "bsdtar"):
            for path, samples in shards("wds", ".tar"):
                with tempfile.TemporaryDirectory() as folder:
                    run = subprocess.run([program, "-xf", path, "-C", folder], capture_output=True,
                                         env={**os.environ, "LC_ALL": "C.UTF-8"})
                    self.assertEqual((run.returncode, run.stderr), (0, b""), program)
                    files = []
                    for place, _, names in os.walk(folder):
                        for name in names:
                            with open(os.path.join(place, name), "rb") as file:
                                files.append((os.path.relpath(file.name, folder), file.read()))
                    self.check_files(files, samples)

    def test_webdataset(self):
        for path, samples in shards("wds", ".tar"):
            for url in (path, f"pipe:cat {path}"):
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    warnings.simplefilter("ignore", ResourceWarning)  # webdataset leaves its files to the collector
                    got = list(webdataset.WebDataset(url, shardshuffle=False))
                self.assertEqual(len(got), len(samples))
                for entry, sample in zip(got, samples):
                    self.assertEqual(entry["__key__"], bytes.fromhex(sample["tar_name"]).decode())
                    self.check_members({k: v for k, v in entry.items() if not k.startswith("__")}, sample)


class Spec(unittest.TestCase):
    """The programs in formats/SPEC.md do what it says they do."""

    def load(self, name):
        with open(SPEC, encoding="utf-8") as file:
            blocks = re.findall(r"```python\n(.*?)```", file.read(), re.S)
        found = [block for block in blocks if f"def {name}(" in block]
        self.assertEqual(len(found), 1, f"SPEC.md has not one block with {name}()")
        namespace = {"__name__": "spec"}
        exec(found[0], namespace)
        return namespace[name]

    def test_footer_reader(self):
        read = self.load("samples")
        for container, suffix in (("memmap", ".key.npy"), ("lmdb", ".lmdb"), ("wds", ".tar")):
            for path, samples in shards(container, suffix):
                got = list(read(path))
                self.assertEqual([key.hex() for key, _ in got], [sample["key"] for sample in samples])
                for (_, values), sample in zip(got, samples):
                    expected = {name: value["bytes"] for name, value in sample["fields"].items()}
                    self.assertEqual({name: value.hex() for name, value in values.items()}, expected)

    def test_manifest_checker(self):
        check = self.load("check_dataset")
        digests = set()
        for container in ("memmap", "lmdb", "wds"):
            folder = os.path.join(FOLDER, container)
            digests.add(check(folder)["digest"])
        self.assertEqual(len(digests), 1)
        with tempfile.TemporaryDirectory() as folder:
            for name in ("dataset.json", "shards.npy"):
                with open(os.path.join(FOLDER, "wds", name), "rb") as file:
                    content = file.read()
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(content.replace(b'"rejected": 0', b'"rejected": 1'))
            self.assertRaises(AssertionError, check, folder)


def read_with_dsprep(path):
    run = subprocess.run([MAKE_SHARDS, "read", path], capture_output=True, check=True)
    return json.loads(run.stdout)


class Foreign(unittest.TestCase):
    def test_tar_of_webdataset(self):
        samples = []
        for i in range(30):
            samples.append({"__key__": f"folder.v1/sample{i:03}", "jpg": bytes([255, 216, i]) * (i + 1), "cls": i - 5,
                            "txt": f"dämon {i}", "json": {"i": i}, "tokens.npy": np.arange(i, dtype=np.uint16)})
        samples[3]["__key__"] = "x" * 150 + "/long"
        del samples[7]["txt"]
        with tempfile.TemporaryDirectory() as folder:
            with webdataset.ShardWriter(os.path.join(folder, "%03d.tar"), maxcount=1000, verbose=0) as writer:
                for sample in samples:
                    writer.write(sample)
            path = os.path.join(folder, "000.tar")
            got = read_with_dsprep(path)
            plain = list(webdataset.WebDataset(path, shardshuffle=False))
        self.assertTrue(got["foreign"])
        self.assertEqual({f["name"]: f["encoding"] for f in got["schema"]},
                         {"jpg": "image", "cls": "class", "txt": "text", "json": "json", "tokens_npy": "bytes"})
        self.assertEqual(len(got["samples"]), len(plain))
        for sample, entry, wrote in zip(got["samples"], plain, samples):
            self.assertEqual(bytes.fromhex(sample["key"]).decode(), entry["__key__"])
            values = {name: bytes.fromhex(value["bytes"]) for name, value in sample["fields"].items()}
            self.assertEqual(int.from_bytes(values["cls"], "little", signed=True), wrote["cls"])
            self.assertEqual(values["txt"], entry.get("txt", b""))
            for name, extension in (("jpg", "jpg"), ("json", "json"), ("tokens_npy", "tokens.npy")):
                self.assertEqual(values[name], entry[extension])

    def test_tars_of_gnu_tar_and_bsdtar(self):
        with tempfile.TemporaryDirectory() as folder:
            names = ["a.txt", "a.cls", "b.cls", "b.txt", "l" * 180 + ".txt"]
            for name in names:
                with open(os.path.join(folder, name), "w") as file:
                    file.write("7")
            for program, form in (("tar", "gnu"), ("tar", "posix"), ("tar", "v7"), ("bsdtar", "ustar"), ("bsdtar", "pax")):
                short = form in ("v7", "ustar")  # these have no room for the long name
                path = os.path.join(folder, "x.tar")
                subprocess.run([program, "--format", form, "-cf", path] + names[: 4 if short else 5], cwd=folder, check=True)
                keys = [bytes.fromhex(sample["key"]).decode() for sample in read_with_dsprep(path)["samples"]]
                self.assertEqual(keys, ["a", "b"] + ([] if short else ["l" * 180]), form)

    def test_lmdb(self):
        with tempfile.TemporaryDirectory() as folder:
            entries = {f"image-{i:09}".encode(): os.urandom(i * 300) for i in range(1, 40)}
            with lmdb.open(folder, map_size=1 << 24) as env, env.begin(write=True) as transaction:
                for key, value in entries.items():
                    transaction.put(key, value)
            for path in (folder, os.path.join(folder, "data.mdb")):
                got = read_with_dsprep(path)
                self.assertTrue(got["foreign"])
                self.assertEqual({bytes.fromhex(s["key"]): bytes.fromhex(s["fields"]["value"]["bytes"]) for s in got["samples"]},
                                 entries)


if __name__ == "__main__":
    MAKE_SHARDS, SPEC = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as FOLDER:
        subprocess.run([MAKE_SHARDS, "write", FOLDER], check=True)
        with open(os.path.join(FOLDER, "samples.json"), encoding="utf-8") as listing:
            LISTING = json.load(listing)
        unittest.main(argv=sys.argv[:1], warnings="ignore")
