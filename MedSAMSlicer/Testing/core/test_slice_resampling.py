"""Slices cut from a volume hold its values; masks on them come back to the same voxels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.geometry import Geometry
from medsam_core.slice_grid import SliceGrid
from medsam_core.slice_resampling import cut_slice, paste_slices
from testkit.geometries import an_oblique_geometry, geometries

RNG = np.random.default_rng(3)


def a_ramp(geometry: Geometry) -> np.ndarray:
    """(k, j, i) float: a plane wave that linear interpolation gives exactly."""
    k, j, i = np.indices(geometry.shape_kji)
    return 1.5 * i - 2.0 * j + 4.0 * k + 100


def the_plane(geometry: Geometry, k: int, turned: bool = False) -> np.ndarray:
    """Slice k of an unsheared volume as a plane in RAS; turned by a quarter if asked."""
    plane = np.eye(4)
    x, y, n = geometry.direction.T
    plane[:3, 0], plane[:3, 1], plane[:3, 2] = (y, -x, n) if turned else (x, y, n)
    plane[:3, 3] = geometry.from_ijk((0, 0, k), "ras")
    return plane


@given(geometries(sheared=True), st.sampled_from("kji"), st.data())
def test_a_cut_slice_has_the_values_at_its_pixels(geometry: Geometry, axis: str, data: st.DataObject) -> None:
    grid = SliceGrid.along(geometry, axis)
    n = data.draw(st.integers(0, grid.count - 1))
    picture = cut_slice(a_ramp(geometry), grid, n, np.nan)
    x, y = (data.draw(st.integers(0, size - 1)) for size in grid.size_xyn[:2])
    i, j, k = grid.to_ijk((x, y, n))
    assert picture.shape == grid.shape_yx
    assert picture[y, x] == pytest.approx(1.5 * i - 2 * j + 4 * k + 100)


@given(st.sampled_from("kji"))
def test_slices_across_isotropic_voxels_are_the_voxels_themselves(axis: str) -> None:
    array_kji = RNG.integers(-1000, 1000, (4, 5, 6)).astype(np.int16)
    grid = SliceGrid.along(Geometry((6, 5, 4), np.eye(4)), axis)
    expected = {"k": array_kji[2], "j": array_kji[:, 2], "i": array_kji[:, :, 2]}[axis]
    assert np.array_equal(cut_slice(array_kji, grid, 2, 0), expected)
    assert np.shares_memory(cut_slice(array_kji, grid, 2, 0), array_kji)


@settings(deadline=None)
@given(st.integers(0, 5), st.booleans())
def test_an_oblique_plane_through_voxel_centres_holds_the_voxels_own_values(k: int, turned: bool) -> None:
    size = (9, 9, 6)
    matrix = an_oblique_geometry().ijk_to_ras.copy()
    matrix[:3, :3] *= np.array([0.8, 0.8, 2.0]) / np.linalg.norm(matrix[:3, :3], axis=0)
    geometry = Geometry(size, matrix)
    array_kji = RNG.integers(0, 4000, geometry.shape_kji).astype(np.int16)
    grid, n = SliceGrid.oblique(geometry, the_plane(geometry, k, turned), pixel_mm=0.8, step_mm=2.0)
    picture = cut_slice(array_kji, grid, n, -1)
    expected = np.rot90(array_kji[k], -1)[:, ::-1].T if not turned else array_kji[k].T[::-1]
    assert np.array_equal(picture, array_kji[k] if not turned else expected)
    mask = RNG.random(grid.shape_yx) > 0.5
    patch = grid.to_voxels(n, mask[None], geometry)
    whole = np.zeros(geometry.shape_kji, bool)
    patch.paste(whole)
    assert np.array_equal(whole[k], mask if not turned else mask[::-1].T)
    assert whole.sum() == whole[k].sum()


def test_beyond_the_volume_pixels_are_what_was_asked_for() -> None:
    geometry = Geometry((10, 10, 10), np.eye(4))
    turn = np.array([[1, -1, 0], [1, 1, 0], [0, 0, np.sqrt(2)]]) / np.sqrt(2)
    plane = np.eye(4)
    plane[:3, :3], plane[:3, 3] = turn, (5, 5, 5)
    grid, n = SliceGrid.oblique(geometry, plane)
    picture = cut_slice(np.full((10, 10, 10), 7.0), grid, n, -5.0)
    assert set(np.unique(picture.round(9))) == {-5.0, 7.0}
    assert picture[0, 0] == -5.0


@settings(deadline=None)
@given(geometries(sheared=True, largest=5), st.sampled_from("ji"), st.integers(0, 1000))
def test_a_full_pile_comes_back_as_a_full_volume(geometry: Geometry, axis: str, seed: int) -> None:
    grid = SliceGrid.along(geometry, axis)
    start, block = paste_slices(grid, 0, np.ones((grid.count, *grid.shape_yx)), geometry.size_ijk)
    # Square pixels may end up to one pixel before the last voxel, which then has nothing.
    reached = np.floor(grid.to_ijk(np.asarray(grid.size_xyn) - 0.5)).astype(int)
    assert start == (0, 0, 0)
    assert (block[: reached[2], : reached[1], : reached[0]] > 0.99).all()


@settings(deadline=None)
@given(st.integers(0, 500))
def test_a_ball_keeps_its_size_and_place_through_an_oblique_pile(seed: int) -> None:
    geometry = Geometry((40, 40, 40), np.eye(4))
    plane = np.eye(4)
    plane[:3, :3] = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    plane[:3, 3] = (20, 20, 20)
    grid, _ = SliceGrid.oblique(geometry, plane)
    n, y, x = np.indices((grid.count, *grid.shape_yx))
    ijk = grid.to_ijk(np.stack([x, y, n], axis=-1))
    ball = ((ijk - (18, 21, 20)) ** 2).sum(axis=-1) <= 9.0**2
    k, j, i = np.indices(geometry.shape_kji)
    truth = (i - 18) ** 2 + (j - 21) ** 2 + (k - 20) ** 2 <= 9.0**2
    whole = np.zeros(geometry.shape_kji, bool)
    grid.to_voxels(0, ball, geometry).paste(whole)
    assert 2 * (whole & truth).sum() / (whole.sum() + truth.sum()) > 0.97


def test_nothing_comes_back_from_an_empty_pile() -> None:
    geometry = an_oblique_geometry()
    grid = SliceGrid.along(geometry, "j")
    assert grid.to_voxels(0, np.zeros((2, *grid.shape_yx)), geometry).voxels == 0


def test_neighbouring_slices_never_share_a_voxel() -> None:
    geometry = an_oblique_geometry((12, 12, 12))
    plane = np.eye(4)
    plane[:3, :3] = np.linalg.qr(RNG.normal(size=(3, 3)))[0]
    plane[:3, 3] = geometry.from_ijk((6, 6, 6), "ras")
    grid, _ = SliceGrid.oblique(geometry, plane)
    counts = np.zeros(geometry.shape_kji, int)
    for index in range(grid.count):
        whole = np.zeros(geometry.shape_kji, bool)
        grid.to_voxels(index, np.ones((1, *grid.shape_yx)), geometry).paste(whole)
        counts += whole
    assert counts.min() == counts.max() == 1
