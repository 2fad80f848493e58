"""Where the pixels of slices lie, in every orientation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.errors import OptionError
from medsam_core.geometry import Geometry
from medsam_core.slice_grid import SliceGrid
from testkit.geometries import an_oblique_geometry, geometries

axes = st.sampled_from(["k", "j", "i"])


@given(geometries(sheared=True))
def test_the_volumes_own_slices_are_its_voxels(geometry: Geometry) -> None:
    grid = SliceGrid.along(geometry, "k")
    assert grid.is_native
    assert grid.size_xyn == geometry.size_ijk
    assert np.array_equal(grid.to_ijk([2.0, 3.0, 1.0]), [2.0, 3.0, 1.0])


@given(geometries(sheared=True), axes)
def test_slice_n_holds_the_voxels_of_index_n_along_the_axis(geometry: Geometry, axis: str) -> None:
    grid = SliceGrid.along(geometry, axis)
    corners = [
        (x, y, n) for x in (0, grid.size_xyn[0] - 1) for y in (0, grid.size_xyn[1] - 1) for n in (0, 2)
    ]
    ijk = grid.to_ijk(corners)
    assert np.allclose(ijk[:, "ijk".index(axis)], [n for _, _, n in corners])
    assert (ijk[:, [a for a in range(3) if "ijk"[a] != axis]] > -1e-6).all()


@given(geometries(), axes)
def test_pixels_across_are_square_and_stay_within_the_volume(geometry: Geometry, axis: str) -> None:
    grid = SliceGrid.along(geometry, axis)
    if axis == "k":
        return
    placed = grid.geometry(geometry)
    assert placed.spacing_mm[0] == pytest.approx(placed.spacing_mm[1])
    last = grid.to_ijk(np.asarray(grid.size_xyn) - 1)
    assert (last <= np.asarray(geometry.size_ijk) - 1 + 1e-6).all()
    beyond = grid.to_ijk(np.asarray(grid.size_xyn))
    assert (beyond > np.asarray(geometry.size_ijk) - 1 + 1e-6).all()


@given(geometries(sheared=True), st.integers(0, 1000), st.floats(0.3, 3))
def test_an_oblique_grid_covers_the_volume_and_holds_the_plane(
    geometry: Geometry, seed: int, pixel_mm: float
) -> None:
    rng = np.random.default_rng(seed)
    plane = np.eye(4)
    plane[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    middle = (np.asarray(geometry.size_ijk) - 1) / 2
    plane[:3, 3] = geometry.from_ijk(middle, "ras")
    grid, n = SliceGrid.oblique(geometry, plane, pixel_mm=pixel_mm)
    corners = [(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)] * (
        np.asarray(geometry.size_ijk) - 1
    )
    xyn = grid.to_xyn(corners)
    assert (xyn > -1e-3).all() and (xyn < np.asarray(grid.size_xyn) - 1 + 1e-3).all()
    assert grid.to_xyn(middle)[2] == pytest.approx(n, abs=1e-6)
    placed = grid.geometry(geometry)
    assert np.allclose(placed.spacing_mm, pixel_mm)
    assert np.allclose(placed.direction, plane[:3, :3], atol=1e-6)


def test_a_plane_beside_the_volume_is_refused() -> None:
    geometry = an_oblique_geometry()
    plane = np.eye(4)
    plane[:3, 3] = 1e4
    with pytest.raises(OptionError, match="does not cut the volume"):
        SliceGrid.oblique(geometry, plane)


def test_absurdly_small_pixels_are_refused() -> None:
    geometry = an_oblique_geometry((60, 50, 40))
    plane = np.eye(4)
    plane[:3, 3] = geometry.from_ijk((30, 25, 20), "ras")
    with pytest.raises(OptionError, match="larger pixels"):
        SliceGrid.oblique(geometry, plane, pixel_mm=1e-4)


@given(geometries(sheared=True), axes, st.lists(st.floats(-50, 50), min_size=3, max_size=3))
def test_to_pixels_and_back_is_the_identity(geometry: Geometry, axis: str, point: list[float]) -> None:
    grid = SliceGrid.along(geometry, axis)
    assert np.allclose(grid.to_ijk(grid.to_xyn(point)), point)


def test_one_plane_has_one_key_in_whatever_grid_it_lies() -> None:
    geometry = an_oblique_geometry((20, 20, 20))
    grid = SliceGrid.along(geometry, "j")
    moved = SliceGrid(grid.size_xyn, grid.part((0, 0, 2), grid.size_xyn).xyn_to_ijk)
    assert moved.plane_key(3) == grid.plane_key(5)
    keys = {grid.plane_key(n) for n in range(20)}
    assert len(keys) == 20
    assert not keys & {SliceGrid.along(geometry, "i").plane_key(n) for n in range(20)}


def test_an_unknown_axis_is_refused() -> None:
    with pytest.raises(OptionError, match="give one of k, j, i"):
        SliceGrid.along(an_oblique_geometry(), "z")


def test_a_slice_that_would_fill_the_memory_is_refused_unless_it_is_the_volumes_own() -> None:
    finer = np.diag([1e-3, 1e-3, 1.0, 1.0])
    with pytest.raises(OptionError, match="20000 x 20000 x 1 pixels; take larger pixels"):
        SliceGrid((20_000, 20_000, 1), finer)
    assert SliceGrid((10_000, 10_000, 1), finer).shape_yx == (10_000, 10_000)
    assert SliceGrid.along(Geometry((20_000, 20_000, 1), np.eye(4))).is_native
