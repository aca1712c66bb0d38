"""Moments and quartiles of a float32 table: dsprep against scikit-learn, in one run.

  python stats_sklearn.py BUILD/tests/dsprep_stats_bench [ROWS] [FEATURES]

Prints seconds of StandardScaler.partial_fit and RobustScaler.fit together, of dsprep's NumberFit
with one thread and with two, and the ratios. All read the same numbers from memory.
"""

import json
import subprocess
import sys
import tempfile
import time

import numpy as np
from sklearn.preprocessing import RobustScaler, StandardScaler


def main() -> None:
    bench = sys.argv[1]
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    features = int(sys.argv[3]) if len(sys.argv) > 3 else 28
    rng = np.random.default_rng(7)
    scale = rng.uniform(0.1, 100, features)
    table = (rng.standard_normal((rows, features)) * scale + rng.uniform(-50, 50, features)).astype(np.float32)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        StandardScaler().partial_fit(table)
        RobustScaler().fit(table)
        times.append(time.perf_counter() - start)
    peer = sorted(times)[1]
    with tempfile.NamedTemporaryFile(suffix=".f32") as file:
        table.tofile(file)
        file.flush()
        print(f"{rows} x {features} float32: scikit-learn {peer:.3f} s")
        for threads in ("1", "2"):
            run = subprocess.run([bench, file.name, str(features), threads], check=True, capture_output=True)
            ours = json.loads(run.stdout)
            assert abs(ours["median"] - np.median(table[:, 0].astype(np.float64))) < 1e-12
            print(f"  dsprep, {threads} threads: {ours['seconds']:.3f} s ({ours['nanoseconds_a_value']:.2f} ns a value), "
                  f"ratio {peer / ours['seconds']:.1f}")


main()
