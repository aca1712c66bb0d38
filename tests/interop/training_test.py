"""Tokenizers that dsprep trains are those that Hugging Face's trainer makes of the same texts, and load there and in sentencepiece.

python training_test.py DSPREP

DSPREP is the program. Needs tokenizers and sentencepiece from PyPI.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

import sentencepiece
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

DSPREP = None


def texts():
    """Corpora by name: ordinary words, few letters (equal counts everywhere), and Unicode of all kinds."""
    pick = random.Random(5)
    words = ["the", "of", "and", "tokens", "trained", "merges", "it's", "we'll", "don't", "42", "1999", "naïve", "日本語", "  indented", "x_y", "..."]
    yield "words", " ".join(pick.choice(words) for _ in range(5000)) + "\n"
    yield "ties", " ".join("".join(pick.choice("ab") for _ in range(pick.randint(1, 9))) for _ in range(2000))
    yield "repeats", " ".join(pick.choice("abc") * pick.randint(1, 30) for _ in range(300))
    points = [*range(0x20, 0x7F), *range(0xC0, 0x250), *range(0x391, 0x3C9), *range(0x4E00, 0x4E40), 0x1F600, 0x1F468, 0x200D, 0x301, 0x0A, 0x0A, 0x20, 0x20]
    yield "unicode", "".join(chr(pick.choice(points)) for _ in range(20000))


def ours(folder, text, *options):
    path, out = os.path.join(folder, "in.txt"), os.path.join(folder, "out.json")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    subprocess.run([DSPREP, "tokenizer", "train", path, "--doc", "file", "--out", out, "--progress", "none", *options], check=True,
                   stderr=subprocess.DEVNULL)
    return out


class Training(unittest.TestCase):
    def test_merges_are_those_of_the_reference(self):
        for name, text in texts():
            for size, least, special in ((300, 2, []), (700, 1, ["<|endoftext|>", "<pad>"]), (5000, 3, ["</s>"])):
                with self.subTest(corpus=name, vocab_size=size), tempfile.TemporaryDirectory() as folder:
                    reference = Tokenizer(models.BPE())
                    reference.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
                    reference.train_from_iterator([text], trainers.BpeTrainer(
                        vocab_size=size, min_frequency=least, special_tokens=special, show_progress=False,
                        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
                    path = ours(folder, text, "--model", "bpe", "--vocab-size", str(size), "--min-count", str(least),
                                "--special-tokens", ",".join(special))
                    with open(path, encoding="utf-8") as file:
                        got = json.load(file)["model"]
                    want = json.loads(reference.to_str())["model"]
                    self.assertEqual([tuple(m.split(" ")) for m in got["merges"]], [tuple(m) for m in want["merges"]])
                    self.assertEqual(got["vocab"], want["vocab"])
                    loaded = Tokenizer.from_file(path)
                    sample = text[:3000]
                    self.assertEqual(loaded.encode(sample).ids, reference.encode(sample).ids)
                    self.assertEqual(loaded.decode(loaded.encode(sample).ids), sample)

    def test_words_load_in_the_reference(self):
        with tempfile.TemporaryDirectory() as folder:
            path = ours(folder, "b a b c b a\n", "--model", "words", "--vocab-size", "4")
            self.assertEqual(Tokenizer.from_file(path).encode("b a c zzz").ids, [2, 3, 1, 1])

    def test_unigram_models_are_those_of_the_library(self):
        text = "\n".join("the trainer takes lines of words and gives pieces of them line %d" % i for i in range(400)) + "\n"
        with tempfile.TemporaryDirectory() as folder:
            path = ours(folder, text, "--model", "unigram", "--vocab-size", "60")
            processor = sentencepiece.SentencePieceProcessor(model_file=path)
            self.assertEqual(processor.vocab_size(), 60)
            self.assertEqual(processor.decode(processor.encode("the lines of words")), "the lines of words")
            ids = os.path.join(folder, "ids")
            with open(os.path.join(folder, "sample"), "w", encoding="utf-8") as file:
                file.write("words of the trainer, line 7")
            subprocess.run([DSPREP, "tokenize", file.name, "--tokenizer", path, "--out", ids, "--dtype", "uint16"], check=True)
            with open(ids, "rb") as file:
                got = list(memoryview(file.read()).cast("H"))
            self.assertEqual(got, processor.encode("words of the trainer, line 7"))


if __name__ == "__main__":
    DSPREP = sys.argv.pop()
    unittest.main()
