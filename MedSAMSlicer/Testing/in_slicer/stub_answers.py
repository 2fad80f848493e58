"""What answers where PyTorch is not installed: plain thresholds, so that the faces can be tested."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import slicer

from medsam_core.errors import Cancelled
from medsam_core.intensity import choose_window
from medsam_core.jobs.agenda import Check
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import SlicePrompt
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.session.handler import SessionHandler
from medsam_core.session.subject import Subject
from MedSAMSlicerLib import device_rows, settings_report
from MedSAMSlicerLib.dependencies import Dependencies
from MedSAMSlicerLib.model_choice import ModelChoice


@contextlib.contextmanager
def stub_in_place(module: Any) -> Iterator[None]:
    """Within, the stub answers panel, console and effects, and nothing is missing.

    Args:
        module: the module's object.
    """
    workshop, models = module.workshop, StubModels()
    needs = Dependencies((), None, None, installed={"torch": "999"}.get)  # type: ignore[arg-type]
    changes: tuple[tuple[object, str, object], ...] = (
        (module, "_needs", needs),
        (module, "models", models),
        (workshop, "needs", needs),
        (workshop, "_model", None),
        (workshop, "_make_handler", StubHandler),
        (workshop._loader, "_load", models),
        (importlib.import_module("medsam_core.segment"), "_slice_predictor", _slice_predictor),
        (device_rows, "_gpus", lambda: ()),
        (settings_report, "_devices", lambda model: ["PyTorch: absent"]),
    )
    with contextlib.ExitStack() as stack:
        for owner, name, value in changes:
            stack.enter_context(mock.patch.object(owner, name, value))
        _tell_panel(module)
        yield
    _tell_panel(module)


def _tell_panel(module: Any) -> None:
    """A panel that was made before has the packages of then."""
    widget = getattr(slicer.modules, "MedSAMSlicerWidget", None)
    if widget is not None and widget.panel is not None:
        widget.panel.desk.needs = module.needs
    module.workshop.refresh()


class StubModels:
    """In place of `SharedModels`: models without weights."""

    def __call__(self, choice: ModelChoice, progress: object, cancel: object) -> SimpleNamespace:
        """See `model_loader.Load`."""
        return self.get(choice.name_or_path)

    def get(self, model: object, **_: object) -> Any:
        """See `LoadedModels.get`."""
        return _model(Path(model).stem) if isinstance(model, str | os.PathLike) else model


def _model(name: str) -> SimpleNamespace:
    told = f"stub ({name})"
    preset, architecture = SimpleNamespace(name="demo"), SimpleNamespace(name="stub", peft=None)
    placement = SimpleNamespace(device="cpu", precision="fp32", backend="stub", reason="PyTorch is missing.")
    info = SimpleNamespace(
        name=told,
        identity="stub",
        sha256="0" * 64,
        preset="demo",
        parameters=0,
        bytes=0,
        image_size=0,
        licence="",
        class_names=(),
        score_is_trained=True,
        notes=(),
        architecture=architecture,
        training={},
    )
    backend = SimpleNamespace(name="stub", device="cpu", precision="fp32")
    return SimpleNamespace(
        name=told, info=info, preset=preset, backend=backend, placement=placement, notes=[]
    )


def _slice_predictor(
    volume: Any, grid: Any, model: object, intensity: Any, cache: object, cancel: Any
) -> SlicePredictor:
    """In place of that of `segment_volume`."""

    def check() -> None:
        if cancel is not None and cancel():
            raise Cancelled("segmentation")

    window = choose_window(volume, intensity) if isinstance(intensity, str) else intensity
    return StubSlices(SliceStack(volume, window, grid), check)


class StubHandler(SessionHandler):
    """Answers as the session's own handler does, but for the network."""

    def __init__(self) -> None:
        super().__init__(cache=None)  # type: ignore[arg-type]

    def _slices(self, subject: Subject, check: Check) -> SlicePredictor:
        return StubSlices(SliceStack(subject.volume, self._window(subject), subject.grid), check)


class StubSlices(SlicePredictor):
    """What is brighter than halfway between the box and what surrounds it."""

    def __init__(self, stack: SliceStack, check: Check) -> None:
        super().__init__(stack, predictor=None, cache=None, check=check)  # type: ignore[arg-type]

    def embedding(self, index: int) -> None:  # type: ignore[override]
        """Nothing is read beforehand."""
        self._check()

    def prefetch(self, indices: Sequence[int]) -> None:
        """Nothing is read beforehand."""

    def on(self, grid: object) -> StubSlices:
        """See `SlicePredictor.on`."""
        return StubSlices(SliceStack(self.stack.volume, self.stack.window, grid), self._check)  # type: ignore[arg-type]

    def _predicted(self, index: int, prompts: Sequence[SlicePrompt]) -> list[SliceMask]:
        self._check()
        image = np.asarray(self.stack.image(index), np.float32)
        grey = image.mean(axis=-1) if image.ndim == 3 else image
        return [self._one(index, grey, prompt) for prompt in prompts]

    def _one(self, index: int, grey: np.ndarray, prompt: SlicePrompt) -> SliceMask:
        mask = np.zeros(grey.shape, bool)
        x0, y0, x1, y1 = (round(v) for v in _box(prompt, grey.shape))
        part = grey[y0 : y1 + 1, x0 : x1 + 1]
        mask[y0 : y1 + 1, x0 : x1 + 1] = part > (part.min() + part.max()) / 2
        for (x, y), positive in prompt.points_xy:
            rows, columns = np.ogrid[: grey.shape[0], : grey.shape[1]]
            mask[(rows - y) ** 2 + (columns - x) ** 2 <= 9] = positive
        return SliceMask(index, mask, mask.astype(np.float32), 0.9, prompt.box_xyxy)


def _box(prompt: SlicePrompt, shape_yx: tuple[int, int]) -> tuple[float, float, float, float]:
    if prompt.box_xyxy is not None:
        return prompt.box_xyxy
    (x, y), _ = next(point for point in prompt.points_xy if point[1])
    return max(x - 15, 0), max(y - 15, 0), min(x + 15, shape_yx[1] - 1), min(y + 15, shape_yx[0] - 1)
