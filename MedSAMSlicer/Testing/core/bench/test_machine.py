"""What a benchmark says of its machine is true."""

from __future__ import annotations

import subprocess
import sys

from medsam_core.bench.machine import peak_rss_mb


def test_a_process_does_not_count_the_memory_of_the_one_that_started_it() -> None:
    held = bytearray(600_000_000)
    held[::4096] = b"x" * len(held[::4096])
    code = "from medsam_core.bench.machine import peak_rss_mb; print(peak_rss_mb())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(run.stdout) < 500 < peak_rss_mb()
