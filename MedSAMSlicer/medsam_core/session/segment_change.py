"""What is about to be written into a segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from medsam_core.session.segment_state import Deed
from medsam_core.session.segment_writer import SegmentEdit
from medsam_core.voxel_patch import VoxelPatch


@dataclass(frozen=True, eq=False)
class SegmentChange:
    """A deed before it is done.

    Attributes:
        segment_id: of the segment.
        new: voxels that are to be in it.
        old: voxels that an earlier deed wrote, and that leave it unless they are in `new`; None of a first.
        deed: to be remembered.
        instead_of: the deeds that it takes the place of.
    """

    segment_id: str
    new: VoxelPatch = field(repr=False)
    old: VoxelPatch | None = field(repr=False)
    deed: Deed
    instead_of: tuple[Deed, ...] = ()

    def edits(self, tags: Mapping[str, str]) -> tuple[SegmentEdit, ...]:
        """The least that has to be written: nothing is erased that is added again."""
        add = SegmentEdit(self.segment_id, self.new, "add", tags)
        gone = None if self.old is None else minus(self.old, self.new)
        if gone is None or not gone.voxels:
            return (add,)
        return SegmentEdit(self.segment_id, gone, "erase"), add


def minus(patch: VoxelPatch, other: VoxelPatch) -> VoxelPatch:
    """The voxels of a patch that are not in another, cropped."""
    low = np.maximum(patch.start_kji, other.start_kji)
    high = np.minimum(*(np.add(p.start_kji, p.mask_kji.shape) for p in (patch, other)))
    left = patch.mask_kji.copy()
    if np.all(high > low):
        here, there = (
            tuple(slice(a - s, b - s) for a, b, s in zip(low, high, p.start_kji, strict=True))
            for p in (patch, other)
        )
        left[here] &= ~other.mask_kji[there]
    return VoxelPatch(patch.start_kji, left).cropped()
