"""What an epoch came to: kept with the checkpoint, written as CSV, drawn as curves."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from typing import Any

import lightning.pytorch as pl

from medsam_core.atomic_file import atomic_output
from medsam_training.fit.curves import draw_curves
from medsam_training.fit.measure import VALIDATION_DICE, Measure, best_row
from medsam_training.fit.run_folder import RunFolder

Row = dict[str, float]


class History(pl.Callback):
    """One row per epoch; row 0 is the start weights' validation.

    Args:
        folder: of the run.
        say: told each new row, and the number of epochs at most.
        pictures: draw the curves too.
        on_best: called, on every process, with the row of an epoch whose validation is the best so far.
        measure: what validation is judged by.
    """

    def __init__(
        self,
        folder: RunFolder,
        pictures: bool,
        say: Callable[[Row, int], None],
        on_best: Callable[[Row], None],
        measure: Measure = VALIDATION_DICE,
    ) -> None:
        self.folder, self.pictures, self.say, self.on_best = folder, pictures, say, on_best
        self.measure = measure
        self.rows: list[Row] = []
        self._began = time.monotonic()

    @property
    def best(self) -> Row:
        """The trained epoch with the best validation; the first one of equals."""
        return best_row(self.rows[1:], self.measure)

    def add_start(self, value: float) -> None:
        """The start weights' row."""
        self.rows = [self._row(epoch=0, steps=0, rate=0.0, loss=float("nan"), value=value, seconds=0.0)]

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        self._began = time.monotonic()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Add the epoch's row."""
        metrics = trainer.callback_metrics
        row = self._row(
            epoch=trainer.current_epoch + 1,
            steps=trainer.global_step,
            rate=trainer.optimizers[0].param_groups[0]["lr"],
            loss=float(metrics["train_loss"]),
            value=float(metrics[self.measure.key]),
            seconds=round(time.monotonic() - self._began, 3),
        )
        self.rows.append(row)
        is_best = self.best is row
        if trainer.is_global_zero:
            self._write()
            self.say(row, trainer.max_epochs)
        if is_best:
            self.on_best(row)

    def _row(self, epoch: int, steps: int, rate: float, loss: float, value: float, seconds: float) -> Row:
        row = {"epoch": epoch, "steps": steps, "rate": rate, "train_loss": loss}
        return row | {self.measure.key: value, "seconds": seconds}

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """From the checkpoint: rows of epochs that it does not hold will be made again."""
        self.rows = list(state_dict["rows"])

    def _write(self) -> None:
        with (
            atomic_output(self.folder.history, overwrite=True) as temporary,
            temporary.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, self.rows[0])
            writer.writeheader()
            writer.writerows(self.rows)
        if self.pictures:
            draw_curves(self.rows, self.folder.curves, self.measure)
