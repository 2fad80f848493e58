"""The models of an application: one store for the workshop's thread and for scripts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from MedSAMSlicerLib.model_choice import ModelChoice

if TYPE_CHECKING:
    from medsam_core.inference.model import Model
    from medsam_core.mrml.loaded_models import LoadedModels, NameOrPath

Progress = Callable[[int, int, str], None]
IsCancelled = Callable[[], bool]


class SharedModels:
    """`LoadedModels`, made when the packages are there; of two who ask at once, one waits for the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: LoadedModels | None = None

    def __call__(self, choice: ModelChoice, progress: Progress, cancel: IsCancelled) -> Model:
        """See `model_loader.Load`."""
        where = {"device": choice.device, "precision": choice.precision}
        return self.get(choice.name_or_path, **where, progress=progress, cancel=cancel)

    def get(
        self,
        model: NameOrPath | Model,
        *,
        device: str = "auto",
        precision: str = "auto",
        progress: Progress | None = None,
        cancel: IsCancelled | None = None,
    ) -> Model:
        """See `LoadedModels.get`."""
        from medsam_core.mrml.loaded_models import LoadedModels

        with self._lock:
            if self._models is None:
                self._models = LoadedModels()
            return self._models.get(
                model, device=device, precision=precision, progress=progress, cancel=cancel
            )
