"""A voxel has one place, whichever frame it is named in."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.errors import MedSAMError, OptionError, VolumeError
from medsam_core.geometry import FRAMES, Geometry
from testkit.geometries import a_sheared_geometry, an_oblique_geometry, geometries


@settings(deadline=None)
@given(geometries(sheared=True), st.lists(st.floats(-50, 50), min_size=3, max_size=3))
def test_a_position_goes_to_any_frame_and_back(geometry: Geometry, ijk: list[float]) -> None:
    for frame in FRAMES:
        back = geometry.to_ijk(geometry.from_ijk(ijk, frame), frame)
        np.testing.assert_allclose(back, ijk, atol=1e-6)


@settings(deadline=None)
@given(geometries(sheared=True))
def test_lps_is_ras_with_the_first_two_signs_turned(geometry: Geometry) -> None:
    points = np.random.default_rng(0).normal(size=(4, 5, 3))
    ras, lps = (geometry.from_ijk(points, frame) for frame in ("ras", "lps"))
    np.testing.assert_allclose(ras * (-1, -1, 1), lps, atol=1e-9)


@settings(deadline=None)
@given(geometries(sheared=True))
def test_spacing_and_direction_make_up_the_matrix(geometry: Geometry) -> None:
    matrix = geometry.direction * geometry.spacing_mm
    np.testing.assert_allclose(matrix, geometry.ijk_to_ras[:3, :3], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(geometry.direction, axis=0), 1, atol=1e-12)
    np.testing.assert_allclose(geometry.from_ijk((0, 0, 0), "ras"), geometry.origin_ras_mm)


@settings(deadline=None)
@given(geometries())
def test_the_voxel_volume_is_the_product_of_the_spacings_at_right_angles(geometry: Geometry) -> None:
    assert geometry.voxel_volume_mm3 == pytest.approx(np.prod(geometry.spacing_mm), rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(geometries(sheared=True))
def test_simpleitk_agrees_about_every_corner(geometry: Geometry) -> None:
    image = SimpleITK.Image(*geometry.size_ijk, SimpleITK.sitkUInt8)
    geometry.apply_to_sitk(image)
    last = np.array(geometry.size_ijk) - 1.0
    place = image.TransformContinuousIndexToPhysicalPoint(last.tolist())
    np.testing.assert_allclose(geometry.from_ijk(last, "lps"), place, atol=1e-6)
    assert Geometry.from_sitk(image).agrees_with(geometry)


def test_a_2d_simpleitk_image_becomes_one_slice() -> None:
    image = SimpleITK.Image(7, 5, SimpleITK.sitkUInt8)
    image.SetSpacing((0.5, 2.0))
    image.SetOrigin((3.0, 4.0))
    geometry = Geometry.from_sitk(image)
    assert geometry.size_ijk == (7, 5, 1)
    np.testing.assert_allclose(geometry.from_ijk((1, 1, 0), "lps"), (3.5, 6.0, 0.0))


def test_geometries_agree_within_a_part_of_a_voxel_and_not_beyond() -> None:
    one = an_oblique_geometry()
    moved = one.ijk_to_ras.copy()
    moved[:3, 3] += one.ijk_to_ras[:3, 0] * 0.01
    other = Geometry(one.size_ijk, moved)
    assert one.agrees_with(one)
    assert not one.agrees_with(other)
    assert one.agrees_with(other, tolerance_voxels=0.02)
    assert not one.agrees_with(Geometry((6, 5, 5), one.ijk_to_ras))
    assert not one.agrees_with(a_sheared_geometry())


def test_a_geometry_cannot_be_changed_from_outside() -> None:
    matrix = np.eye(4)
    geometry = Geometry((2, 2, 2), matrix)
    matrix[0, 0] = 9
    assert geometry.ijk_to_ras[0, 0] == 1
    for held in (geometry.ijk_to_ras, geometry.ras_to_ijk):
        with pytest.raises(ValueError, match="read-only"):
            held[0, 0] = 2


def changed(row: int, column: int, value: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[row, column] = value
    return matrix


@pytest.mark.parametrize(
    ("size", "matrix"),
    [
        ((0, 2, 2), np.eye(4)),
        ((2, -1, 2), np.eye(4)),
        ((2, 2), np.eye(4)),
        ((2, 2, 2), np.eye(3)),
        ((2, 2, 2), changed(0, 0, 0.0)),
        ((2, 2, 2), changed(0, 0, np.nan)),
        ((2, 2, 2), changed(1, 3, np.inf)),
        ((2, 2, 2), changed(3, 0, 1.0)),
        ((2, 2, 2), np.array([[1, 1, 0, 0], [1, 1 + 1e-9, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])),
    ],
)
def test_sizes_and_matrices_that_are_no_grid_are_refused(size: tuple, matrix: np.ndarray) -> None:
    with pytest.raises(VolumeError) as caught:
        Geometry(size, matrix)
    assert "\n" not in str(caught.value)


def test_an_unknown_frame_is_refused_by_name() -> None:
    with pytest.raises(OptionError, match=r"'xyz'.*ijk, ras, lps"):
        an_oblique_geometry().to_ijk((0, 0, 0), "xyz")


def test_an_image_of_four_dimensions_is_no_geometry() -> None:
    with pytest.raises(MedSAMError, match="4 dimensions"):
        Geometry.from_sitk(SimpleITK.Image([2, 2, 2, 2], SimpleITK.sitkUInt8))
