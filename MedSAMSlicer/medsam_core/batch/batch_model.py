"""The one model of a batch: known at once, loaded when the first case needs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medsam_core.inference.model import Model

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ModelChoice:
    """What `load_model` is asked for."""

    name: str | os.PathLike[str] = "demo"
    base: str | os.PathLike[str] | None = None
    preset: str | None = None
    device: str = "auto"
    precision: str = "auto"
    backend: str = "auto"

    @property
    def files(self) -> tuple[Path, ...]:
        """Those that may be read for it."""
        return tuple(Path(given) for given in (self.name, self.base) if given)


class BatchModel:
    """A model that is loaded once, late: a batch of which all is finished never loads it."""

    def __init__(self, given: Model | ModelChoice) -> None:
        """Take a loaded model, or look at what a choice stands for.

        Raises:
            MedSAMError: there is no such model, device, precision, backend or preset.
        """
        self._choice = given if isinstance(given, ModelChoice) else None
        self._loaded = None if isinstance(given, ModelChoice) else given
        self.options = _options_of_choice(given) if isinstance(given, ModelChoice) else _options(given)

    def get(self, progress: Progress | None = None) -> Model:
        """The model, loaded at the first call.

        Raises:
            MedSAMError: it cannot be loaded.
        """
        if self._loaded is None:
            from medsam_core.inference.load import load_model

            choice = self._choice
            self._loaded = load_model(
                choice.name,
                choice.device,
                choice.precision,
                backend=choice.backend,
                preset=choice.preset,
                base=choice.base,
                progress=progress,
            )
        return self._loaded


def _options_of_choice(choice: ModelChoice) -> dict[str, str]:
    """What of it changes a result. Not the device: a run may be resumed on another machine."""
    from medsam_core.checkpoints import inspect_checkpoint
    from medsam_core.errors import CheckpointError
    from medsam_core.inference.device import choose_placement

    choose_placement(choice.device, choice.precision, choice.backend)
    info = inspect_checkpoint(choice.name, base=choice.base, preset=choice.preset)
    if info.needs_base:
        problem = f"is only a difference ({info.format})"
        raise CheckpointError(info.path, problem, "give the SAM it was trained on as base (--base)")
    return {
        "model": info.identity,
        "preset": info.preset,
        "precision": choice.precision,
        "backend": choice.backend,
    }


def _options(model: Model) -> dict[str, str]:
    return {
        "model": model.info.identity,
        "preset": model.preset.name,
        "precision": model.placement.precision,
        "backend": model.placement.backend,
    }
