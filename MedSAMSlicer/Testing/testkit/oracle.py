"""A predictor that knows the truth: separates what propagation does from what a model does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.intensity import choose_window
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import SlicePrompt
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.volume import Volume


class OracleSlices(SlicePredictor):
    """The truth inside the prompted box; nothing on the slices in `missed`.

    Args:
        truth_kji: (k, j, i) bool.
        missed: slices on which it answers with an empty mask.
    """

    def __init__(self, truth_kji: np.ndarray, missed: Sequence[int] = ()) -> None:
        grey = np.where(truth_kji, 200, 50).astype(np.uint8)
        volume = Volume(grey, Geometry(tuple(reversed(truth_kji.shape)), np.eye(4)))
        super().__init__(SliceStack(volume, choose_window(volume, "none")), None, None)
        self.truth_kji = truth_kji
        self.missed = set(missed)
        self.visited: list[int] = []

    def prefetch(self, indices: Sequence[int]) -> None:
        """There is nothing to encode."""

    def masks(self, index: int, prompts: Sequence[SlicePrompt]) -> list[SliceMask]:
        """The truth inside each box (a click: the whole slice)."""
        self.visited.append(index)
        found = []
        for prompt in prompts:
            mask = np.zeros(self.shape_yx, bool)
            if index not in self.missed:
                x0, y0, x1, y1 = prompt.box_xyxy or (0, 0, self.shape_yx[1] - 1, self.shape_yx[0] - 1)
                rows, columns = slice(int(y0), int(y1) + 1), slice(int(x0), int(x1) + 1)
                mask[rows, columns] = self.truth_kji[index, rows, columns]
            confidence = 0.95 if mask.any() else 0.05
            found.append(SliceMask(index, mask, mask.astype(np.float32), confidence, prompt.box_xyxy))
        return found
