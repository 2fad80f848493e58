"""Masks of slices gathered in any order give the voxels that they give one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.geometry import Geometry
from medsam_core.slice_grid import SliceGrid
from medsam_core.slice_pile import SlicePile
from testkit.geometries import an_oblique_geometry

GEOMETRY = Geometry((9, 8, 7), an_oblique_geometry().ijk_to_ras)
GRIDS = {axis: SliceGrid.along(GEOMETRY, axis) for axis in "kji"}


@settings(deadline=None)
@given(st.sampled_from("kji"), st.integers(0, 1000), st.permutations([0, 1, 2, 4, 6]))
def test_a_pile_gives_back_each_mask(axis: str, seed: int, order: list[int]) -> None:
    grid = GRIDS[axis]
    rng = np.random.default_rng(seed)
    masks = {n: rng.random(grid.shape_yx) > rng.random() for n in order}
    pile = SlicePile(grid)
    for n in order:
        pile.add(n, masks[n])
    assert pile.indices == (0, 1, 2, 4, 6)
    assert all(np.array_equal(pile.mask_yx(n), masks[n]) for n in order)


def test_a_native_pile_is_the_masks_on_their_slices() -> None:
    pile = SlicePile(GRIDS["k"])
    rng = np.random.default_rng(0)
    truth = rng.random(GEOMETRY.shape_kji) > 0.5
    truth[3] = False
    for n in (6, 0, 1, 3, 2, 4):
        pile.add(n, truth[n])
    truth[5] = False
    whole = np.zeros_like(truth)
    pile.to_voxels(GEOMETRY).paste(whole)
    assert np.array_equal(whole, truth)


@given(st.floats(0, 1))
def test_storing_a_value_never_moves_it_over_the_threshold(value: float) -> None:
    pile = SlicePile(GRIDS["k"])
    pile.add(0, np.full((8, 9), np.float32(value)))
    assert pile.mask_yx(0).all() == (np.float32(value) >= 0.5)


def test_a_slice_that_was_removed_leaves_nothing() -> None:
    pile = SlicePile(GRIDS["j"])
    pile.add(2, np.ones(GRIDS["j"].shape_yx))
    pile.remove(2)
    pile.remove(5)
    assert pile.to_voxels(GEOMETRY).voxels == 0


def test_an_emptied_slice_takes_the_place_of_a_full_one() -> None:
    pile = SlicePile(GRIDS["k"])
    pile.add(2, np.ones((8, 9)))
    pile.add(2, np.zeros((8, 9)))
    assert pile.to_voxels(GEOMETRY).voxels == 0
    assert pile.indices == (2,)


def test_a_large_grid_costs_only_what_the_object_fills() -> None:
    grid = SliceGrid.along(Geometry((512, 512, 400), np.eye(4)))
    pile = SlicePile(grid)
    mask = np.zeros((512, 512), np.float32)
    mask[100:150, 200:260] = 0.9
    for n in range(400):
        pile.add(n, mask)
    stored = sum(crop.nbytes for _, _, crop in pile._crops.values())
    assert stored == pytest.approx(400 * 52 * 62 * 2)


def test_a_mended_pile_has_the_other_piles_slices_in_place_of_its_own() -> None:
    grid = SliceGrid((9, 8, 6), np.eye(4))
    old, new = (np.random.default_rng(n).random((8, 9)) > 0.5 for n in range(2))
    pile, other = SlicePile(grid), SlicePile(grid)
    for n in (1, 2, 3):
        pile.add(n, old)
    for n in (3, 4):
        other.add(n, new)
    mended = pile.mended(other)
    assert mended.indices == (1, 2, 3, 4)
    for n in mended.indices:
        np.testing.assert_array_equal(mended.mask_yx(n), old if n < 3 else new)
    assert pile.indices == (1, 2, 3)
    np.testing.assert_array_equal(pile.mask_yx(3), old)
