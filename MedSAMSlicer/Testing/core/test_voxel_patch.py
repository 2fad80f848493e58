"""A block of voxels says where it lies and loses nothing when it is cropped or united."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from medsam_core.prompts import Box
from medsam_core.voxel_patch import VoxelPatch

SHAPE = (5, 6, 7)
volumes = arrays(bool, SHAPE)


def pasted(patch: VoxelPatch) -> np.ndarray:
    whole = np.zeros(SHAPE, bool)
    patch.paste(whole)
    return whole


@given(volumes)
def test_the_block_of_a_mask_pasted_back_is_the_mask(mask_kji: np.ndarray) -> None:
    patch = VoxelPatch.of(mask_kji)
    assert np.array_equal(pasted(patch), mask_kji)
    assert patch.voxels == mask_kji.sum()


@given(volumes)
def test_no_smaller_block_holds_the_mask(mask_kji: np.ndarray) -> None:
    patch = VoxelPatch.of(mask_kji)
    if not mask_kji.any():
        assert patch.mask_kji.shape == (1, 1, 1)
        return
    for axis in range(3):
        assert np.take(patch.mask_kji, 0, axis).any()
        assert np.take(patch.mask_kji, -1, axis).any()


@given(st.lists(volumes, max_size=3))
def test_a_union_holds_what_its_parts_hold(parts: list[np.ndarray]) -> None:
    expected = np.any(parts, axis=0) if parts else np.zeros(SHAPE, bool)
    assert np.array_equal(pasted(VoxelPatch.union([VoxelPatch.of(p) for p in parts])), expected)


def test_the_box_names_inclusive_corners_in_ijk() -> None:
    assert VoxelPatch((1, 2, 3), np.ones((2, 3, 4), bool)).box() == Box((3, 2, 1), (6, 4, 2))
