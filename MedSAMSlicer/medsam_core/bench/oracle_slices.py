"""A predictor that knows the truth: separates what propagation does from what a model does."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from medsam_core.bench.oracle_faults import OracleFaults
from medsam_core.geometry import Geometry
from medsam_core.intensity import choose_window
from medsam_core.metrics import dice
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import SlicePrompt
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.slice_grid import SliceGrid
from medsam_core.slice_resampling import cut_slice
from medsam_core.volume import Volume


class OracleSlices(SlicePredictor):
    """The truth inside the prompted box (a click: on the whole slice), with the faults that were ordered.

    Args:
        truth_kji: (k, j, i) bool: what it answers with, the object and what looks like it.
        missed: slices on which it answers with an empty mask.
        faults: what else it does wrong.
        stack: the slices it pretends to look at; the truth in two greys by default.
    """

    def __init__(
        self,
        truth_kji: np.ndarray,
        missed: Sequence[int] = (),
        faults: OracleFaults | None = None,
        stack: SliceStack | None = None,
    ) -> None:
        super().__init__(stack or _two_greys(truth_kji), None, None)
        self.truth_kji = truth_kji
        self.missed = set(missed)
        self.faults = faults or OracleFaults()
        self.visited: list[int] = []

    def on(self, grid: SliceGrid) -> OracleSlices:
        """The same oracle on other slices; those it misses are other ones there."""
        stack = SliceStack(self.stack.volume, self.stack.window, grid)
        other = OracleSlices(self.truth_kji, (), self.faults, stack)
        other.timings = self.timings
        return other

    def prefetch(self, indices: Sequence[int]) -> None:
        """There is nothing to encode."""

    def truth_yx(self, index: int) -> np.ndarray:
        """(y, x) bool: the truth on a slice."""
        if self.stack.grid.is_native:
            return self.truth_kji[index]
        return cut_slice(self.truth_kji.astype(np.float32), self.stack.grid, index, 0.0) >= 0.5

    def _predicted(self, index: int, prompts: Sequence[SlicePrompt]) -> list[SliceMask]:
        self.visited.append(index)
        truth = self.truth_yx(index)
        return [self._answer(index, prompt, truth) for prompt in prompts]

    def _answer(self, index: int, prompt: SlicePrompt, truth_yx: np.ndarray) -> SliceMask:
        inside = _inside(prompt, self.shape_yx)
        known = np.zeros(self.shape_yx, bool)
        known[inside] = truth_yx[inside]
        key = zlib.crc32(repr(prompt.box_xyxy).encode())
        mask = self.faults.frayed(known, index, key)
        if index in self.missed or self.faults.misses_on(index):
            mask = np.zeros_like(mask)
        elif self.faults.leaks_on(index):
            mask[inside] = True
        overlap = dice(mask, known) if mask.any() else 0.05
        confidence = self.faults.confidence(0.95 * overlap, index, key)
        return SliceMask(index, mask, mask.astype(np.float32), confidence, prompt.box_xyxy)


def _inside(prompt: SlicePrompt, shape_yx: tuple[int, int]) -> tuple[slice, slice]:
    x0, y0, x1, y1 = prompt.box_xyxy or (0, 0, shape_yx[1] - 1, shape_yx[0] - 1)
    return slice(int(y0), int(y1) + 1), slice(int(x0), int(x1) + 1)


def _two_greys(truth_kji: np.ndarray) -> SliceStack:
    grey = np.where(truth_kji, 200, 50).astype(np.uint8)
    volume = Volume(grey, Geometry(tuple(reversed(truth_kji.shape)), np.eye(4)))
    return SliceStack(volume, choose_window(volume, "none"))
