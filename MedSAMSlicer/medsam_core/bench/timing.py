"""Times that can be compared: the candidates take turns, so a busy neighbour hits them all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import numpy as np

Seconds = dict[str, list[float]]


def take_turns(
    runs: Mapping[str, Callable[[], object]],
    rounds: int,
    after_round: Callable[[int], None] = lambda done: None,
) -> Seconds:
    """Run each candidate once to warm up, then `rounds` times in turn; return each one's seconds."""
    for run in runs.values():
        run()
    seconds: Seconds = {name: [] for name in runs}
    for done in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
        after_round(done + 1)
    return seconds


def repeat(run: Callable[[], object], times: int) -> list[float]:
    """One candidate alone, after a warm-up."""
    return take_turns({"": run}, times)[""]


def median(seconds: list[float]) -> float:
    """The middle of the measurements, to 0.1 ms."""
    return round(statistics.median(seconds), 4)


def percentile_ms(seconds: list[float], percent: float) -> float:
    """A percentile in milliseconds."""
    return round(float(np.percentile(seconds, percent)) * 1e3, 2)
