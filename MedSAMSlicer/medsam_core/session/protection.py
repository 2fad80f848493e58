"""Voxels that belong to other segments and stay theirs."""

from __future__ import annotations

import numpy as np

from medsam_core.session.segment_writer import SegmentWriter
from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch


def free_part(writer: SegmentWriter, segment_id: str, patch: VoxelPatch) -> VoxelPatch:
    """The part of a patch that may be written into a segment; which part that is, the writer says."""
    if not patch.voxels:
        return patch
    blocked = writer.protected(segment_id, patch.box())
    return VoxelPatch(patch.start_kji, patch.mask_kji & ~blocked)


def free_pixels(mask_yx: np.ndarray, grid: SliceGrid, index: int, blocked: VoxelPatch) -> np.ndarray:
    """A mask on a slice without the pixels that lie in voxels of `blocked`.

    Args:
        mask_yx: (y, x) bool.
        grid, index: the slice.
        blocked: voxels of other segments around it.
    """
    y, x = mask_yx.nonzero()
    if not y.size or not blocked.voxels:
        return mask_yx
    ijk = np.floor(grid.to_ijk(np.stack([x, y, np.full(x.shape, index)], axis=-1)) + 0.5).astype(int)
    place = ijk[:, ::-1] - np.array(blocked.start_kji)
    inside = np.all((place >= 0) & (place < blocked.mask_kji.shape), axis=1)
    taken = np.zeros(y.shape, bool)
    taken[inside] = blocked.mask_kji[tuple(place[inside].T)]
    free = mask_yx.copy()
    free[y[taken], x[taken]] = False
    return free
