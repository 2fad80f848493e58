"""Memory is bounded by the largest case, not by the set."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

_PROGRAM = """
import resource, sys
from pathlib import Path
from medsam_training.cli import main
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
assert main(["prepare", sys.argv[1], "--out", sys.argv[2], "--workers", "1"]) == 0
print("peak", peak())
"""


def _peak_mb(folder, out) -> float:
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(folder), str(out)], capture_output=True, text=True, check=True
    )
    return float(run.stdout.rpartition("peak")[2])


def test_five_volumes_need_no_more_memory_than_one(tmp_path, write_volume):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 2000, (80, 224, 224)).astype(np.int16)
    mask = np.zeros(image.shape, np.uint8)
    mask[5:70, 40:200, 40:200] = 1
    for folder, count in (("one", 1), ("five", 5)):
        for number in range(count):
            image[0, 0, 0] = number
            write_volume(tmp_path / folder / "images" / f"{number}.mha", image)
            write_volume(tmp_path / folder / "masks" / f"{number}.mha", mask)
    one = _peak_mb(tmp_path / "one", tmp_path / "out_one")
    five = _peak_mb(tmp_path / "five", tmp_path / "out_five")
    volume_mb = image.nbytes / 2**20
    assert five < one + 1.5 * volume_mb, (one, five, volume_mb)
