"""How far a run is, and how long it still takes."""

from __future__ import annotations

import time
from typing import Any

import lightning.pytorch as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from medsam_training.fit.history import Row
from medsam_training.fit.measure import VALIDATION_DICE, Measure


class RunProgress(pl.Callback):
    """A bar over all steps where there is a terminal, and a line per epoch everywhere.

    Args:
        steps: of the whole run.
        console: where to; one that is quiet on all processes but the first.
        measure: of the rows that are told.
    """

    def __init__(self, steps: int, console: Console, measure: Measure = VALIDATION_DICE) -> None:
        self.steps, self.console, self.measure = steps, console, measure
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console, transient=True)
        self._task: Any = None
        self._began, self._first_step = time.monotonic(), 0

    def say(self, line: str) -> None:
        """A line above the bar."""
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def say_row(self, row: Row, epochs: int) -> None:
        """An epoch's line."""
        self.say(
            f"epoch {row['epoch']:.0f}/{epochs}: loss {row['train_loss']:.4f}, "
            f"{self.measure.label} {row[self.measure.key]:.4f}, {row['seconds']:.0f} s{self._left(row)}"
        )

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock and the bar."""
        self._began, self._first_step = time.monotonic(), trainer.global_step
        if self.console.is_terminal:
            self._task = self._bar.add_task("training", total=self.steps, completed=trainer.global_step)
            self._bar.start()

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *rest: Any) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bar.update(self._task, completed=trainer.global_step)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Leave the terminal as it was, also after an error."""
        if self._task is not None:
            self._bar.stop()

    def _left(self, row: Row) -> str:
        """Validation included: it counts the time since the start of this process's training."""
        done = row["steps"] - self._first_step
        seconds = (time.monotonic() - self._began) * (self.steps - row["steps"]) / max(1.0, done)
        if seconds < 1:
            return ""
        return f", at most {seconds / 60:.0f} min left" if seconds > 90 else f", at most {seconds:.0f} s left"
