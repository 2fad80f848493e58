"""The learning rate over a run, as a share of its peak."""

from __future__ import annotations

import math
from collections.abc import Callable

from medsam_training.fit.config import Optimiser

POWER = 0.9
"""Of the polynomial, as finetune-SAM has it."""

_SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "cosine": lambda done: 0.5 + 0.5 * math.cos(math.pi * done),
    "polynomial": lambda done: (1.0 - done) ** POWER,
}


def rate_share(
    optimiser: Optimiser, steps: int, time_used: Callable[[], float] = lambda: 0.0
) -> Callable[[int], float]:
    """A function from the number of steps taken to the share of the peak rate of the next one.

    Args:
        optimiser: warm-up, shape and floor.
        steps: of the whole run.
        time_used: the share of the run's time that is used up, where it has a limit.
    """
    warmup, shape = optimiser.warmup_steps, _SHAPES[optimiser.schedule]

    def share(step: int) -> float:
        if step < warmup:
            return (step + 1) / (warmup + 1)
        done = min(1.0, max(time_used(), (step - warmup) / max(1, steps - warmup)))
        return optimiser.floor + (1.0 - optimiser.floor) * shape(done)

    return share
