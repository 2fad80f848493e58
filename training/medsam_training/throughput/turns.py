"""Our loop and the plain one, step by step in turns, so that both meet the same neighbours."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import lightning.pytorch as pl
import torch


@dataclass
class Turns:
    """Seconds per image of each.

    Attributes:
        ours, plain: of every step but the first, which warms up.
    """

    ours: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)

    @property
    def times_faster(self) -> float:
        """Median against median."""
        return statistics.median(self.plain) / statistics.median(self.ours)

    def figures(self) -> dict[str, Any]:
        """For the JSON report."""
        return {
            "images_per_second": {
                name: round(1 / statistics.median(seconds), 4)
                for name, seconds in (("ours", self.ours), ("plain", self.plain))
            },
            "seconds_per_image": {
                name: [round(value, 4) for value in seconds]
                for name, seconds in (("ours", self.ours), ("plain", self.plain))
            },
            "times_faster": round(self.times_faster, 2),
        }


class TakeTurns(pl.Callback):
    """After each of our steps, one of the plain loop.

    Ours is timed from the end of the plain step to the end of our own: reading and preparing the slices are
    in it, as they are in the plain one.

    Args:
        plain_step: the plain loop's.
        our_batch, plain_batch: images of a step.
    """

    def __init__(self, plain_step: Callable[[], object], our_batch: int, plain_batch: int) -> None:
        self.plain_step, self.our_batch, self.plain_batch = plain_step, our_batch, plain_batch
        self.turns, self._since, self._warm = Turns(), 0.0, False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        self._since = _now()

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *rest: Any) -> None:
        """Ours is done; let the plain loop have its turn."""
        between = _now()
        self.plain_step()
        after = _now()
        if self._warm:
            self.turns.ours.append((between - self._since) / self.our_batch)
            self.turns.plain.append((after - between) / self.plain_batch)
        self._warm, self._since = True, _now()


def _now() -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
