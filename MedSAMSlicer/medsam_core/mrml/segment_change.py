"""What an edit changes in a segment's own voxels, once everything that must stay is taken out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.mrml.labelmap_grid import KJI, LabelmapGrid
from medsam_core.voxel_patch import VoxelPatch

if TYPE_CHECKING:
    from slicer import vtkOrientedImageData


@dataclass(frozen=True, eq=False)
class SegmentChange:
    """Voxels of a segmentation's grid that come to a segment and that leave it.

    Attributes:
        grid: of the voxels.
        start_kji: the block's first.
        added_kji: (k, j, i) bool: belong to the segment afterwards.
        removed_kji: (k, j, i) bool: belonged to it and do not afterwards.
    """

    grid: LabelmapGrid
    start_kji: KJI
    added_kji: np.ndarray = field(repr=False)
    removed_kji: np.ndarray = field(repr=False)

    @classmethod
    def by(
        cls,
        mode: str,
        grid: LabelmapGrid,
        start_kji: KJI,
        *,
        block: np.ndarray,
        mask: np.ndarray,
        before: np.ndarray,
    ) -> SegmentChange:
        """The change that an edit asks for.

        Args:
            mode: "add", "replace" or "erase".
            grid, start_kji: where the arrays lie.
            block, mask, before: (k, j, i) bool: the edit's block, the edit's mask, the segment.
        """
        nothing = np.zeros_like(mask)
        if mode == "erase":
            return cls(grid, start_kji, nothing, before & mask)
        return cls(grid, start_kji, mask, before & block & ~mask if mode == "replace" else nothing)

    def within(self, addable: np.ndarray, removable: np.ndarray) -> SegmentChange:
        """The change without the voxels that must not be added, and those that must not be removed."""
        added, removed = self.added_kji & addable, self.removed_kji & removable
        return SegmentChange(self.grid, self.start_kji, added, removed)

    def cropped(self) -> SegmentChange:
        """The same change in the smallest block."""
        smallest = VoxelPatch(self.start_kji, self.touched_kji).cropped()
        where = VoxelPatch(tuple(np.subtract(smallest.start_kji, self.start_kji)), smallest.mask_kji).slices
        return SegmentChange(self.grid, smallest.start_kji, self.added_kji[where], self.removed_kji[where])

    @property
    def touched_kji(self) -> np.ndarray:
        """(k, j, i) bool: all voxels that may differ afterwards, in this segment or another."""
        return self.added_kji | self.removed_kji

    def added_image(self) -> vtkOrientedImageData | None:
        """The added voxels in the smallest image; None if there are none."""
        return _smallest_image(self.grid, self.start_kji, self.added_kji)

    def removed_image(self) -> vtkOrientedImageData | None:
        """The removed voxels in the smallest image; None if there are none."""
        return _smallest_image(self.grid, self.start_kji, self.removed_kji)


def _smallest_image(grid: LabelmapGrid, start_kji: KJI, mask_kji: np.ndarray) -> vtkOrientedImageData | None:
    if not mask_kji.any():
        return None
    smallest = VoxelPatch(start_kji, mask_kji).cropped()
    return grid.image(smallest.start_kji, smallest.mask_kji)
