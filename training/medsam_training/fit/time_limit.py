"""A run that ends after so many minutes, and whose learning rate knows it."""

from __future__ import annotations

import time
from typing import Any

import lightning.pytorch as pl


class TimeLimit(pl.Callback):
    """Ends the run at the end of an epoch once its minutes are used up; resumed runs go on counting.

    The share of the time used moves at the end of an epoch only, and is the first process's: so all
    processes train at one learning rate.

    Args:
        minutes: of training and validation together; None is no limit.
    """

    def __init__(self, minutes: float | None) -> None:
        self.minutes, self.seconds = minutes, 0.0
        self._began = time.monotonic()

    def share(self) -> float:
        """How much of the time is used, 0 to 1; 0 without a limit."""
        return 0.0 if self.minutes is None else min(1.0, self.seconds / (60 * self.minutes))

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """A run that was killed after its last epoch has no time left."""
        trainer.should_stop = trainer.should_stop or self.share() >= 1.0

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        self._began = time.monotonic()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Add the epoch's time."""
        self.seconds += trainer.strategy.broadcast(time.monotonic() - self._began)
        if self.share() >= 1.0:
            trainer.should_stop = True

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {"seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """From the checkpoint."""
        self.seconds = float(state_dict["seconds"])
