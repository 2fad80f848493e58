"""What belongs to others is left to them, on voxels and on slices alike."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.geometry import Geometry
from medsam_core.prompts import Box
from medsam_core.session.protection import free_part, free_pixels
from medsam_core.session.segment_writer import SegmentEdit
from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch
from testkit.array_writer import ArrayWriter

SHAPE = (4, 8, 9)


def a_patch(seed: int, start: tuple[int, int, int] = (1, 2, 3)) -> VoxelPatch:
    return VoxelPatch(start, np.random.default_rng(seed).random((2, 5, 4)) > 0.4)


@given(st.integers(0, 1000))
def test_the_free_part_is_what_no_locked_segment_holds(seed: int) -> None:
    writer = ArrayWriter(SHAPE)
    mine, other = writer.add_segment("mine"), writer.add_segment("other")
    writer.write([SegmentEdit(other, a_patch(seed, (0, 1, 2)), "add")])
    assert free_part(writer, mine, a_patch(seed + 1)).voxels == a_patch(seed + 1).voxels
    writer.protect(other)
    free = np.zeros(SHAPE, bool)
    free_part(writer, mine, a_patch(seed + 1)).paste(free)
    wanted = np.zeros(SHAPE, bool)
    a_patch(seed + 1).paste(wanted)
    np.testing.assert_array_equal(free, wanted & ~writer.mask_kji(other))


@given(st.integers(0, 1000), st.sampled_from("kji"))
def test_on_a_slice_the_pixels_of_blocked_voxels_go(seed: int, axis: str) -> None:
    grid = SliceGrid.along(Geometry(SHAPE[::-1], np.eye(4)), axis)
    blocked = a_patch(seed)
    whole = np.zeros(SHAPE, bool)
    blocked.paste(whole)
    index = 3
    cut = {"k": whole[index], "j": whole[:, index], "i": whole[:, :, index]}[axis]
    mask = np.random.default_rng(seed).random(grid.shape_yx) > 0.3
    np.testing.assert_array_equal(free_pixels(mask, grid, index, blocked), mask & ~cut)


def test_an_empty_patch_asks_nobody() -> None:
    writer = ArrayWriter(SHAPE)
    patch = VoxelPatch((0, 0, 0), np.zeros((1, 1, 1), bool))
    assert free_part(writer, "not there", patch) is patch
    assert Box((0, 0, 0), (0, 0, 0)) == patch.box()
