"""Statistics and scalers of dsprep against numpy and scikit-learn, on scikit-learn's own tables.

  python stats_test.py BUILD/tests/dsprep_fit_array

The program reads a .npy array and prints what it fits of each column, and the rows that its scalers make.
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

PROGRAM = sys.argv.pop(1)
QUANTILES = [0.01, 0.25, 0.5, 0.75, 0.9]


def fit(table: np.ndarray, scaler: str = "standard") -> dict:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.bin"
        path.write_bytes(np.ascontiguousarray(table).tobytes())
        command = [PROGRAM, str(path), table.dtype.name, str(table.shape[1]), scaler]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def tables() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    out = {name: getattr(datasets, f"load_{name}")().data for name in ("iris", "wine", "breast_cancer", "diabetes")}
    out["far"] = rng.standard_normal((20_000, 3)) + 1e6
    out["skewed"] = np.exp(rng.standard_normal((5_000, 4)) * 8)
    missing = rng.standard_normal((1_000, 4))
    missing[rng.random(missing.shape) < 0.2] = np.nan
    out["missing"] = missing
    return out


class Stats(unittest.TestCase):
    def check(self, table: np.ndarray) -> None:
        wide = table.astype(np.longdouble)
        exact = table.astype(np.float64)
        for number, column in enumerate(fit(table)["columns"]):
            values = exact[:, number]
            self.assertEqual(column["count"], int((~np.isnan(values)).sum()))
            self.assertEqual(column["missing"], int(np.isnan(values).sum()))
            np.testing.assert_allclose(column["mean"], float(np.nanmean(wide[:, number])), rtol=1e-13, atol=1e-17)
            np.testing.assert_allclose(column["std"], float(np.nanstd(wide[:, number], ddof=1)), rtol=1e-12)
            self.assertEqual([column["min"], column["max"]], [np.nanmin(values), np.nanmax(values)])
            self.assertEqual(column["quantiles"], list(np.nanquantile(values, QUANTILES)))
            finite = values[~np.isnan(values)]
            self.assertEqual(column["bins"], np.histogram(finite, 7)[0].tolist())

    def test_numbers_are_numpys(self) -> None:
        for name, table in tables().items():
            for dtype in (np.float64, np.float32):
                with self.subTest(table=name, dtype=dtype.__name__):
                    self.check(table.astype(dtype))
        rng = np.random.default_rng(5)
        for dtype in ("float16", "int8", "uint8", "int16", "uint16", "int32", "uint32"):
            with self.subTest(dtype=dtype):
                self.check((rng.standard_normal((3_000, 5)) * 30 + 60).clip(0, 120).astype(dtype))
        self.check(rng.integers(-(2**50), 2**50, (3_000, 2)))

    def test_scalers_are_scikit_learns(self) -> None:
        peers = {"standard": StandardScaler(), "robust": RobustScaler(), "minmax": MinMaxScaler()}
        for name, table in tables().items():
            for kind, peer in peers.items():
                with self.subTest(table=name, scaler=kind):
                    atol = 1e-8 if name == "far" else 1e-11  # far from zero, the peer's mean is a rounded sum
                    rows = np.array(fit(table, kind)["scaled"], dtype=np.float64)
                    np.testing.assert_allclose(rows, peer.fit_transform(table)[: len(rows)], rtol=1e-9, atol=atol)


if __name__ == "__main__":
    unittest.main()
