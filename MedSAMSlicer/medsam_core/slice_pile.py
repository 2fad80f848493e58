"""Masks of neighbouring slices, gathered to be brought onto the volume's voxels together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch


class SlicePile:
    """What is known of one segment on the slices of a grid, cropped to where there is something.

    Args:
        grid: how the slices lie.
    """

    def __init__(self, grid: SliceGrid) -> None:
        self.grid = grid
        self._crops: dict[int, tuple[int, int, np.ndarray]] = {}

    def add(self, index: int, values_yx: np.ndarray) -> None:
        """Take a slice in, in place of what was there.

        Args:
            index: its number.
            values_yx: (y, x) bool, or 0..1 with 0.5 and more inside the segment.
        """
        inside = np.asarray(values_yx) >= 0.5
        rows, columns = np.any(inside, axis=1).nonzero()[0], np.any(inside, axis=0).nonzero()[0]
        if not rows.size:
            self._crops[index] = (0, 0, np.zeros((0, 0), np.float16))
            return
        # One pixel more on each side: between pixels values are interpolated.
        y0, x0 = max(rows[0] - 1, 0), max(columns[0] - 1, 0)
        crop = np.asarray(values_yx)[y0 : rows[-1] + 2, x0 : columns[-1] + 2]
        self._crops[index] = (int(y0), int(x0), _half(crop))

    def mended(self, other: SlicePile) -> SlicePile:
        """A pile with all slices of another one on the same grid, in place of its own."""
        pile = SlicePile(self.grid)
        pile._crops = {**self._crops, **other._crops}
        return pile

    def remove(self, index: int) -> None:
        """Forget a slice."""
        self._crops.pop(index, None)

    @property
    def indices(self) -> tuple[int, ...]:
        """The slices it holds, lowest first."""
        return tuple(sorted(self._crops))

    def mask_yx(self, index: int) -> np.ndarray:
        """The mask of a slice it holds, (y, x) bool."""
        y0, x0, crop = self._crops[index]
        mask = np.zeros(self.grid.shape_yx, bool)
        mask[y0 : y0 + crop.shape[0], x0 : x0 + crop.shape[1]] = crop >= 0.5
        return mask

    def runs(self) -> Iterator[tuple[SliceGrid, int, np.ndarray]]:
        """Unbroken runs of slices: the part of the grid they fill, number of the first, values (n, y, x)."""
        for run in _unbroken(self.indices):
            crops = [self._crops[n] for n in run]
            filled = [(y, x, c) for y, x, c in crops if c.size]
            if not filled:
                continue
            y0, x0 = min(y for y, _, _ in filled), min(x for _, x, _ in filled)
            y1 = max(y + c.shape[0] for y, _, c in filled)
            x1 = max(x + c.shape[1] for _, x, c in filled)
            values = np.zeros((len(run), y1 - y0, x1 - x0), np.float32)
            for n, (y, x, crop) in enumerate(crops):
                values[n, y - y0 : y - y0 + crop.shape[0], x - x0 : x - x0 + crop.shape[1]] = crop
            yield self.grid.part((x0, y0, 0), (x1 - x0, y1 - y0, self.grid.count)), run[0], values

    def to_voxels(self, geometry: Geometry) -> VoxelPatch:
        """All slices on the volume's voxels.

        Args:
            geometry: of the volume.
        """
        patches = [part.to_voxels(first, values, geometry) for part, first, values in self.runs()]
        return VoxelPatch.union([patch for patch in patches if patch.voxels])


def _half(values_yx: np.ndarray) -> np.ndarray:
    """Half the memory, and no value on the other side of 0.5."""
    half = values_yx.astype(np.float16)
    return np.where(values_yx >= 0.5, half, np.minimum(half, np.float16(0.4998)))


def _unbroken(indices: tuple[int, ...]) -> Iterator[list[int]]:
    run: list[int] = []
    for index in indices:
        if run and index != run[-1] + 1:
            yield run
            run = []
        run.append(index)
    if run:
        yield run
