"""What lies where in the folder of a run."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from medsam_core.atomic_file import atomic_output
from medsam_core.errors import CheckpointError, OutputError
from medsam_training.fit.config import Loop
from medsam_training.fit.config_file import CONFIG_NAME


@dataclass(frozen=True)
class RunFolder:
    """A run on disk.

    Attributes:
        path: the folder.
    """

    path: Path

    @property
    def config(self) -> Path:
        """Every key of the run."""
        return self.path / CONFIG_NAME

    @property
    def last(self) -> Path:
        """What --resume goes on from."""
        return self.path / "last.ckpt"

    @property
    def previous(self) -> Path:
        """The one before: a damaged last is never the only one."""
        return self.path / "previous.ckpt"

    @property
    def best(self) -> Path:
        """The best weights so far, as the engine and Slicer load them."""
        return self.path / "best.safetensors"

    @property
    def history(self) -> Path:
        """A row per epoch."""
        return self.path / "history.csv"

    @property
    def curves(self) -> Path:
        """The history as a picture."""
        return self.path / "curves.png"

    @property
    def samples(self) -> Path:
        """Validation slices with the true and the present outlines."""
        return self.path / "samples.png"

    @property
    def summary(self) -> Path:
        """Written when a run is complete."""
        return self.path / "summary.json"

    def refuse_if_used(self) -> None:
        """Two runs in one folder would mix.

        Raises:
            OutputError: a run lies here.
        """
        if self.config.exists() or self.last.exists() or self.previous.exists():
            raise OutputError(self.path, "holds a run already", "go on with --resume, or name another folder")

    def checkpoint(self) -> Path | None:
        """The newest checkpoint that is whole; None where no epoch was finished.

        Raises:
            CheckpointError: there are checkpoints, and none is whole.
        """
        present = [path for path in (self.last, self.previous) if path.is_file()]
        for path in present:
            if _is_whole(path):
                return path
        if present:
            raise CheckpointError(present[0], "is damaged", "start the run anew in another folder")
        return None

    def epochs_asked(self) -> int:
        """How many epochs the run that is complete here was to have at most; 0 where none is."""
        return int(self.read_summary()["epochs_asked"]) if self.summary.is_file() else 0

    def is_complete(self, loop: Loop) -> bool:
        """Whether the run here is over and `loop` asks for no more epochs or minutes than it did."""
        if self.epochs_asked() < loop.epochs:
            return False
        asked = self.read_summary().get("minutes_asked")
        return asked is None or (loop.minutes is not None and loop.minutes <= asked)

    def read_summary(self) -> dict[str, Any]:
        """What `write_summary` wrote of a complete run.

        Raises:
            OutputError: it is not there, or damaged.
        """
        try:
            values = json.loads(self.summary.read_text(encoding="utf-8"))
            int(values["epochs_asked"])
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise OutputError(self.summary, "is damaged", "remove it, and --resume looks anew") from error
        return values

    def write_summary(self, values: dict[str, Any]) -> None:
        """Mark the run complete."""
        with atomic_output(self.summary, overwrite=True) as temporary:
            temporary.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _is_whole(path: Path) -> bool:
    """A file that was cut off has lost the directory at its end; its values need not be read to tell."""
    try:
        torch.load(path, weights_only=True, map_location="cpu", mmap=True)
    except (RuntimeError, OSError, EOFError, ValueError, pickle.UnpicklingError):
        return False
    return True
