"""Checkpoints that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.plugins.io import TorchCheckpointIO

from medsam_core.atomic_file import atomic_output
from medsam_training.fit.run_folder import RunFolder


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes beside, flushes, renames, and keeps the one before; reads without running code.

    (Lightning's own goes through the temporary folder, and from another file system a file is copied to its
    place, which a kill cuts short.)

    Args:
        folder: of the run.
    """

    def __init__(self, folder: RunFolder) -> None:
        super().__init__()
        self.folder = folder

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """See `CheckpointIO.save_checkpoint`."""
        target = Path(path)
        with atomic_output(target, overwrite=True) as temporary:
            torch.save(checkpoint, temporary)
            if target == self.folder.last and target.is_file():
                target.replace(self.folder.previous)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> Any:
        """See `CheckpointIO.load_checkpoint`."""
        return torch.load(path, map_location=map_location or "cpu", weights_only=True)


class KeepLast(Checkpoint):
    """Saves all that a resumed run needs at the end of each epoch, after everybody else is done with it.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """All processes take part; the first one writes."""
        trainer.save_checkpoint(self.folder.last)
