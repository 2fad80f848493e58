"""A segment's voxels on slices in any orientation."""

from __future__ import annotations

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.interaction.segment_masks import masks_on_slices
from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch

GEOMETRY = Geometry((12, 10, 8), np.diag([1.0, 1.0, 2.0, 1.0]))


def a_mask() -> np.ndarray:
    mask = np.zeros((8, 10, 12), bool)
    mask[2:6, 3:8, 4:9] = True
    mask[3, 5, 6] = False
    return mask


def test_on_the_volumes_own_slices_pixels_are_voxels() -> None:
    grid = SliceGrid.along(GEOMETRY)
    masks = masks_on_slices(VoxelPatch.of(a_mask()), grid)
    assert [mask.k for mask in masks] == [2, 3, 4, 5]
    for mask in masks:
        np.testing.assert_array_equal(mask.mask_yx(grid.shape_yx), a_mask()[mask.k])


def test_across_them_pixels_take_the_voxel_that_they_lie_in() -> None:
    grid = SliceGrid.along(GEOMETRY, "j")
    masks = {mask.k: mask.mask_yx(grid.shape_yx) for mask in masks_on_slices(VoxelPatch.of(a_mask()), grid)}
    assert sorted(masks) == [3, 4, 5, 6, 7]
    for y in range(grid.shape_yx[0]):
        k = int(np.floor(grid.to_ijk((0, y, 0))[2] + 0.5))
        np.testing.assert_array_equal(masks[5][y], a_mask()[k, 5])


def test_on_slanted_slices_every_pixel_is_that_of_its_voxel() -> None:
    plane = np.eye(4)
    plane[:3, :3] = [[0.8, 0.0, -0.6], [0.0, 1.0, 0.0], [0.6, 0.0, 0.8]]
    plane[:3, 3] = 6.0, 5.0, 8.0
    grid, _ = SliceGrid.oblique(GEOMETRY, plane)
    masks = {mask.k: mask.mask_yx(grid.shape_yx) for mask in masks_on_slices(VoxelPatch.of(a_mask()), grid)}
    padded = np.pad(a_mask(), 1)
    for n in range(grid.count):
        y, x = np.indices(grid.shape_yx)
        ijk = np.floor(grid.to_ijk(np.stack([x, y, np.full(x.shape, n)], -1)) + 0.5).astype(int)
        kji = np.clip(ijk[..., ::-1] + 1, 0, np.array(padded.shape) - 1)
        expected = padded[tuple(np.moveaxis(kji, -1, 0))]
        np.testing.assert_array_equal(masks.get(n, np.zeros(grid.shape_yx, bool)), expected)


def test_an_empty_segment_is_on_no_slice() -> None:
    empty = VoxelPatch((0, 0, 0), np.zeros((1, 1, 1), bool))
    assert masks_on_slices(empty, SliceGrid.along(GEOMETRY)) == ()
