"""Neighbouring slices of a larger pile, and the voxels that depend on nothing but them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch

_ROUNDING = 1e-6  # of slices: as voxel centres on a slice are told in `slice_resampling`


@dataclass(frozen=True, eq=False)
class SliceSpan:
    """From one slice to another, both included.

    Attributes:
        grid: how the slices lie.
        first, last: numbers; None for as far as there are any.
    """

    grid: SliceGrid
    first: int | None
    last: int | None

    def part(self, patch: VoxelPatch) -> VoxelPatch:
        """The voxels of a patch that lie in the span.

        On tilted slices a voxel beyond the last one also depends on the slice after that, which is not known
        here.
        """
        if self.grid.is_native:
            return patch
        found_kji = np.argwhere(patch.mask_kji)
        n = self.grid.to_xyn((found_kji + patch.start_kji)[:, ::-1])[:, 2]
        first = -np.inf if self.first is None else self.first - _ROUNDING
        last = np.inf if self.last is None else self.last + _ROUNDING
        mask_kji = patch.mask_kji.copy()
        mask_kji[tuple(found_kji[(n < first) | (n > last)].T)] = False
        return VoxelPatch(patch.start_kji, mask_kji).cropped()
