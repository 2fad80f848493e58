"""Our loop and the plain one, step by step in turns, so that both meet the same neighbours."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import lightning.pytorch as pl
import torch


@dataclass(frozen=True)
class Span:
    """What one image of a step took.

    Attributes:
        seconds: on the clock.
        cpu_seconds: of this process on all cores, whoever else wanted them; without those of a GPU.
    """

    seconds: float
    cpu_seconds: float


@dataclass
class Turns:
    """The steps of each loop but the first, which warms up."""

    ours: list[Span] = field(default_factory=list)
    plain: list[Span] = field(default_factory=list)

    def times_faster(self, measure: str = "seconds") -> float:
        """Median against median, of a field of `Span`."""
        return _median(self.plain, measure) / _median(self.ours, measure)

    def figures(self) -> dict[str, Any]:
        """For the JSON report."""
        loops = {"ours": self.ours, "plain": self.plain}
        return {
            "images_per_second": {n: round(1 / _median(spans, "seconds"), 4) for n, spans in loops.items()},
            "times_faster": round(self.times_faster(), 2),
            "times_faster_in_cpu_time": round(self.times_faster("cpu_seconds"), 2),
            "per_image": {n: [_rounded(span) for span in spans] for n, spans in loops.items()},
        }


def _median(spans: list[Span], measure: str) -> float:
    return statistics.median(getattr(span, measure) for span in spans)


def _rounded(span: Span) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(span).items()}


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
        self.turns, self._since, self._warm = Turns(), _now(), False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        self._since = _now()

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *rest: Any) -> None:
        """Ours is done; let the plain loop have its turn."""
        between = _now()
        self.plain_step()
        after = _now()
        if self._warm:
            self.turns.ours.append(_span(self._since, between, self.our_batch))
            self.turns.plain.append(_span(between, after, self.plain_batch))
        self._warm, self._since = True, _now()


def _now() -> Span:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return Span(time.perf_counter(), time.process_time())


def _span(start: Span, end: Span, images: int) -> Span:
    return Span((end.seconds - start.seconds) / images, (end.cpu_seconds - start.cpu_seconds) / images)
