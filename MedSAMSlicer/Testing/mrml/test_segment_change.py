"""What an edit asks of a segment, and what is left when some of it must not be."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from medsam_core.mrml.labelmap_grid import LabelmapGrid
from medsam_core.mrml.segment_change import SegmentChange
from medsam_core.voxel_patch import VoxelPatch
from testkit.mrml_nodes import a_new_scene

SHAPE = (3, 4, 5)
masks = arrays(bool, SHAPE)


def applied(change: SegmentChange, before: np.ndarray) -> np.ndarray:
    return (before & ~change.removed_kji) | change.added_kji


def a_change(mode: str, block: np.ndarray, mask: np.ndarray, before: np.ndarray) -> SegmentChange:
    grid: Any = None  # plays no part
    return SegmentChange.by(mode, grid, (2, 3, 4), block=block, mask=mask, before=before)


@given(st.sampled_from(["add", "replace", "erase"]), masks, masks, masks)
def test_a_change_gives_what_its_mode_says(
    mode: str, block: np.ndarray, mask: np.ndarray, before: np.ndarray
) -> None:
    mask = mask & block
    expected = {"add": before | mask, "erase": before & ~mask, "replace": np.where(block, mask, before)}
    assert np.array_equal(applied(a_change(mode, block, mask, before), before), expected[mode])


@given(st.sampled_from(["add", "replace", "erase"]), masks, masks, masks, masks)
def test_within_a_mask_nothing_else_changes(
    mode: str, block: np.ndarray, mask: np.ndarray, before: np.ndarray, allowed: np.ndarray
) -> None:
    change = a_change(mode, block, mask & block, before)
    after = applied(change.within(allowed, allowed), before)
    assert np.array_equal(after, np.where(allowed, applied(change, before), before))


@given(masks, masks, masks)
def test_cropping_moves_nothing(block: np.ndarray, mask: np.ndarray, before: np.ndarray) -> None:
    change = a_change("replace", block, mask & block, before)
    cropped = change.cropped()
    for name in ("added_kji", "removed_kji"):
        found, expected = np.zeros((2, 9, 9, 9), bool)
        VoxelPatch(cropped.start_kji, getattr(cropped, name)).paste(found)
        VoxelPatch((2, 3, 4), getattr(change, name)).paste(expected)
        assert np.array_equal(found, expected)
    assert cropped.touched_kji.any() == change.touched_kji.any()
    if change.touched_kji.any():
        assert all(cropped.touched_kji.any(axis=others)[[0, -1]].all() for others in ((1, 2), (0, 2), (0, 1)))


def test_nothing_to_add_or_remove_is_no_image() -> None:
    nothing = np.zeros(SHAPE, bool)
    change = a_change("replace", nothing, nothing, nothing)
    assert change.added_image() is None
    assert change.removed_image() is None


def test_images_are_no_larger_than_what_changes() -> None:
    a_new_scene()  # skips where Slicer's core is not installed
    from slicer import vtkOrientedImageData

    mask, before = np.zeros((2, *SHAPE), bool)
    mask[1, 1:3, 2] = True
    before[2, 3, 3:5] = True
    grid, block = LabelmapGrid(vtkOrientedImageData()), np.ones(SHAPE, bool)
    change = SegmentChange.by("replace", grid, (2, 3, 4), block=block, mask=mask, before=before)
    assert change.added_image().GetExtent() == (6, 6, 4, 5, 3, 3)
    assert change.removed_image().GetExtent() == (7, 8, 6, 6, 4, 4)
