"""Voxels of a span of tilted slices: those that depend on nothing but its slices."""

from __future__ import annotations

import numpy as np

import medsam_core as medsam
from medsam_core.session.slice_span import SliceSpan
from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch

GEOMETRY = medsam.Geometry((8, 8, 8), np.eye(4))


def everywhere() -> VoxelPatch:
    return VoxelPatch((0, 0, 0), np.ones((8, 8, 8), bool))


def whole(patch: VoxelPatch) -> np.ndarray:
    mask_kji = np.zeros((8, 8, 8), bool)
    patch.paste(mask_kji)
    return mask_kji


def test_voxels_between_the_slices_and_on_them_stay() -> None:
    matrix = np.diag([1.0, 1.0, 2.0, 1.0])  # slice n lies on k = 2 n
    span = SliceSpan(SliceGrid((8, 8, 4), matrix), 1, 2)
    kept = whole(span.part(everywhere()))
    assert kept[2:5].all() and not np.delete(kept, [2, 3, 4], 0).any()


def test_without_an_end_everything_on_that_side_stays() -> None:
    grid = SliceGrid((8, 8, 4), np.diag([1.0, 1.0, 2.0, 1.0]))
    assert whole(SliceSpan(grid, None, None).part(everywhere())).all()
    assert not whole(SliceSpan(grid, 3, None).part(everywhere()))[:6].any()


def test_the_volumes_own_slices_depend_on_no_others() -> None:
    patch = everywhere()
    assert SliceSpan(SliceGrid.along(GEOMETRY), 1, 2).part(patch) is patch
