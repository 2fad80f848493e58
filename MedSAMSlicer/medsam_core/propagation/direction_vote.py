"""What slices of one direction say about a region, on the region's own pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from medsam_core.prompts import Box
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import BoxXYXY, SlicePrompt
from medsam_core.slice_grid import SliceGrid
from medsam_core.slice_resampling import paste_slices


class DirectionVote:
    """Slices across one axis of a grid, asked for a region.

    Args:
        slices: the grid's own slices; the region and the votes are in its pixels (x, y, n).
        axis: "k" for these very slices, "j" and "i" for slices across its y and its x.
        region: inclusive corners (x, y, n).

    Attributes:
        values: (n, y, x) float16 probabilities inside the region; 0 where nothing was asked yet.
        weight: 1, less for slices whose pixels have to be made up: the ratio of their spacings.
    """

    def __init__(self, slices: SlicePredictor, axis: str, region: Box) -> None:
        frame = slices.stack.grid.geometry(slices.stack.volume.geometry)
        self.axis, self.region = axis, region
        self.weight = _sharpness(frame.spacing_mm, axis)
        self._grid = SliceGrid.along(frame, axis)
        self._size = frame.size_ijk
        self._slices = slices if axis == "k" else slices.on(_composed(slices.stack.grid, self._grid))
        self._along = {"i": 2, "j": 1, "k": 0}[axis]
        self.values = np.zeros(tuple(reversed(region.size_ijk)), np.float16)

    @property
    def indices(self) -> range:
        """The slices that cut the region."""
        axis = 2 - self._along
        return range(self.region.min_ijk[axis], self.region.max_ijk[axis] + 1)

    def ask(self, index: int, box: Box | None = None) -> None:
        """Prompt one slice with the cross-section of a box, by default the region's; keep what it says."""
        (mask,) = self._slices.masks(index, [SlicePrompt(self._section(box or self.region))])
        self.put(index, mask.probability_yx)

    def prefetch(self, indices: Sequence[int]) -> None:
        """Encode slices that will be asked, together where that is faster."""
        self._slices.prefetch(indices)

    def put(self, index: int, probability_yx: np.ndarray) -> None:
        """Keep what a slice says."""
        block = self._block(index)
        block[...] = 0
        x0, y0, x1, y1 = (int(v) for v in self._section(self.region))
        part = self._grid.part((x0, y0, 0), (x1 - x0 + 1, y1 - y0 + 1, self._grid.count))
        start, found = paste_slices(part, index, probability_yx[None, y0 : y1 + 1, x0 : x1 + 1], self._size)
        origin = np.array(self.region.min_ijk[::-1])
        origin[self._along] = index
        _paste(block, found, start - origin)

    def _block(self, index: int) -> np.ndarray:
        return self.values[self._where(index)]

    def _where(self, index: int) -> tuple[slice, ...]:
        where = [slice(None)] * 3
        place = index - self.indices.start
        where[self._along] = slice(place, place + 1)
        return tuple(where)

    def box_seen_by(self, other: DirectionVote, index: int) -> Box | None:
        """The box around what another direction sees on a slice of this one; None if that is nothing."""
        found = np.argwhere(other.values[self._where(index)] >= 0.5)
        if not len(found):
            return None
        origin = np.array(self.region.min_ijk[::-1])
        origin[self._along] = index
        low, high = (found.min(axis=0) + origin)[::-1], (found.max(axis=0) + origin)[::-1]
        return Box(tuple(low.tolist()), tuple(high.tolist()))

    def _section(self, box: Box) -> BoxXYXY:
        """Inclusive pixel corners of a box's cross-section in this direction."""
        corners = np.array([np.array(box.min_ijk) - 0.5, np.array(box.max_ijk) + 0.5])
        edges = np.sort(self._grid.to_xyn(corners)[:, :2], axis=0)
        height, width = self._grid.shape_yx
        low = np.clip(edges[0] + 0.5, 0, (width - 1, height - 1))
        high = np.clip(edges[1] - 0.5, low, (width - 1, height - 1))
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _composed(grid: SliceGrid, within: SliceGrid) -> SliceGrid:
    """A grid given in another grid's pixels, in voxels."""
    axis = within.axis if grid.is_native else None
    return SliceGrid(within.size_xyn, grid.xyn_to_ijk @ within.xyn_to_ijk, axis)


def _sharpness(spacing_mm: tuple[float, float, float], axis: str) -> float:
    x, y = {"k": (0, 1), "j": (0, 2), "i": (1, 2)}[axis]
    return min(spacing_mm[x], spacing_mm[y]) / max(spacing_mm[x], spacing_mm[y])


def _paste(whole: np.ndarray, block: np.ndarray, start: np.ndarray) -> None:
    low = np.maximum(start, 0)
    high = np.minimum(start + block.shape, whole.shape)
    if np.all(high > low):
        to = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        whole[to] = block[tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))]
