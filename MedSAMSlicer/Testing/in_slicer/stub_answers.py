"""What answers a session where PyTorch is not installed: plain thresholds, so that the face can be tested."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from medsam_core.jobs.agenda import Check
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import SlicePrompt
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.session.handler import SessionHandler
from medsam_core.session.subject import Subject

NAME = "stub (no network: thresholds)"


def load_stub(choice: object, progress: object, cancel: object) -> SimpleNamespace:
    """In place of a model."""
    placement = SimpleNamespace(device="cpu", precision="fp32", backend="stub", reason="PyTorch is missing.")
    info = SimpleNamespace(name=NAME, identity="stub", sha256="0" * 64, preset="demo")
    backend = SimpleNamespace(name="stub", device="cpu", precision="fp32")
    preset = SimpleNamespace(name="demo")
    return SimpleNamespace(
        name=NAME, info=info, preset=preset, backend=backend, placement=placement, notes=[]
    )


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
