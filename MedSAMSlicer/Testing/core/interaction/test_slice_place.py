"""Where a view's pixels lie on its slice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from medsam_core.geometry import Geometry
from medsam_core.interaction.slice_place import SlicePlace
from medsam_core.slice_grid import SliceGrid
from testkit.panes import a_place

NUMBERS = st.floats(-50, 50)


@pytest.fixture
def a_geometry() -> Geometry:
    """9 x 8 x 7 voxels, taller than wide."""
    return Geometry((9, 8, 7), np.diag([1.0, 1.0, 2.0, 1.0]))


@given(st.lists(NUMBERS, min_size=6, max_size=6), NUMBERS, NUMBERS)
def test_from_the_view_to_the_slice_and_back_is_where_one_began(six: list[float], x: float, y: float) -> None:
    matrix = np.array(six).reshape(2, 3)
    assume(abs(np.linalg.det(matrix[:, :2])) > 0.1)
    grid = SliceGrid.along(Geometry((9, 8, 7), np.eye(4)))
    place = SlicePlace(grid, 3, matrix, grid.plane_key(3))
    np.testing.assert_allclose(place.to_view(place.to_slice((x, y))), (x, y), atol=1e-6)


def test_many_points_are_brought_to_the_view_at_once(a_geometry: Geometry) -> None:
    place = a_place(SliceGrid.along(a_geometry), 3, zoom=2.0)
    points = np.arange(24.0).reshape(3, 4, 2)
    each = [[place.to_view(point) for point in row] for row in points]
    np.testing.assert_allclose(place.to_view(points), each)


@pytest.mark.parametrize(
    ("xy", "is_on"),
    [((-0.5, 0), True), ((8.49, 7.49), True), ((-0.51, 0), False), ((8.5, 0), False), ((0, 7.5), False)],
)
def test_the_image_ends_half_a_pixel_beyond_its_outermost_centres(
    a_geometry: Geometry, xy: tuple[float, float], is_on: bool
) -> None:
    assert a_place(SliceGrid.along(a_geometry), 3).is_on(xy) is is_on


def test_a_place_shows_its_slice_of_any_pile_that_has_it_and_no_other(a_geometry: Geometry) -> None:
    place = a_place(SliceGrid.along(a_geometry), 3)
    again = SliceGrid.along(a_geometry)
    assert place.shows(again, 3)
    assert not any(place.shows(again, other) for other in (-1, 2, 4, 7, 1000))
    assert not place.shows(SliceGrid.along(a_geometry, "i"), 3)


def test_a_view_moves_along_one_of_the_three_piles(a_geometry: Geometry) -> None:
    for axis in "kji":
        place = a_place(SliceGrid.along(a_geometry, axis), 1)
        assert [place.is_along(SliceGrid.along(a_geometry, other)) for other in "kji"] == [
            other == axis for other in "kji"
        ]
