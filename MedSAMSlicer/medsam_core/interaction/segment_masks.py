"""A segment of the volume's voxels as masks on slices in any orientation."""

from __future__ import annotations

import itertools

import numpy as np

from medsam_core.mask_prompt import MaskPrompt
from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch


def masks_on_slices(patch: VoxelPatch, grid: SliceGrid) -> tuple[MaskPrompt, ...]:
    """What of a segment lies on each slice of a pile, as drawn masks; slices without any are left out.

    A pixel takes the voxel that it lies in.

    Args:
        patch: the segment's voxels.
        grid: the slices.
    """
    if not patch.voxels:
        return ()
    corner, far = _reach(patch.cropped(), grid)
    if np.any(far < corner):
        return ()
    masks = (_mask(patch, grid, n, corner, far) for n in range(corner[2], far[2] + 1))
    return tuple(mask for mask in masks if not mask.is_empty)


def _mask(patch: VoxelPatch, grid: SliceGrid, n: int, corner: np.ndarray, far: np.ndarray) -> MaskPrompt:
    mask_yx = np.zeros(grid.shape_yx, bool)
    if grid.is_native:  # its pixels are the voxels: nothing has to be looked up
        mask_yx[patch.slices[1:]] = patch.mask_kji[n - patch.start_kji[0]]
        return MaskPrompt.of(n, mask_yx)
    y, x = np.mgrid[corner[1] : far[1] + 1, corner[0] : far[0] + 1]
    ijk = np.floor(grid.to_ijk(np.stack([x, y, np.full(x.shape, n)], axis=-1)) + 0.5).astype(int)
    place = ijk[..., ::-1] - np.array(patch.start_kji)
    inside = np.all((place >= 0) & (place < patch.mask_kji.shape), axis=-1)
    mask_yx[y[inside], x[inside]] = patch.mask_kji[tuple(place[inside].T)]
    return MaskPrompt.of(n, mask_yx)


def _reach(patch: VoxelPatch, grid: SliceGrid) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest x, y, n that a patch can touch, within the pile."""
    low, high = np.array(patch.start_kji), np.add(patch.start_kji, patch.mask_kji.shape) - 1
    ends = zip(low - 0.5, high + 0.5, strict=True)
    corners = grid.to_xyn(np.array(list(itertools.product(*ends)))[:, ::-1])
    corner = np.maximum(np.floor(corners.min(axis=0) + 0.5), 0).astype(int)
    far = np.minimum(np.ceil(corners.max(axis=0) - 0.5), np.array(grid.size_xyn) - 1).astype(int)
    return corner, far
