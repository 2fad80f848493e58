"""Lines that cross are axes of one object; a line alone is the long axis of an ellipse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.mrml.axis_cross import SHORT_TO_LONG, DrawnAxis, axis_groups, bounds_of_group
from testkit.geometries import geometries

SQUARE_MM = np.eye(3)[:, :2]


def _axis(start: tuple[float, float], end: tuple[float, float], k: int = 0) -> DrawnAxis:
    return DrawnAxis("line", k, np.array([start, end], float))


def test_crossing_lines_are_one_object_and_far_ones_are_two() -> None:
    long, short = _axis((0, 5), (20, 5)), _axis((10, 1), (10, 9))
    beside = _axis((30, 0), (30, 9))
    assert [len(group) for group in axis_groups([long, beside, short])] == [1, 2]


def test_lines_on_different_slices_never_meet() -> None:
    assert not _axis((0, 5), (20, 5), 1).meets(_axis((10, 1), (10, 9), 2))


@pytest.mark.parametrize(("gap", "meet"), [(0.0, True), (0.9, True), (1.5, False)])
def test_a_short_axis_drawn_up_to_the_long_one_belongs_to_it(gap: float, meet: bool) -> None:
    long, short = _axis((0, 5), (20, 5)), _axis((10, 5 + gap), (10, 9))
    assert long.meets(short) is meet
    assert short.meets(long) is meet


def test_a_line_that_meets_two_unites_them() -> None:
    left, right = _axis((0, 0), (0, 10)), _axis((20, 0), (20, 10))
    across = _axis((-1, 5), (21, 5))
    assert [len(group) for group in axis_groups([left, right, across])] == [3]


def test_several_axes_are_bounded_by_their_ends() -> None:
    low, high = bounds_of_group([_axis((2, 5), (20, 7)), _axis((9, 1), (12, 11))], SQUARE_MM)
    assert (low.tolist(), high.tolist()) == ([2, 1], [20, 11])


def test_a_line_along_the_rows_has_a_height_of_three_quarters() -> None:
    low, high = bounds_of_group([_axis((10, 20), (30, 20))], SQUARE_MM)
    np.testing.assert_allclose([low, high], [[10, 12.5], [30, 27.5]])


@settings(deadline=None)
@given(geometry=geometries(sheared=True), angle=st.floats(0, 6.3), length=st.floats(2, 50))
def test_the_ellipse_is_one_in_millimetres_and_the_box_touches_it(geometry, angle, length) -> None:
    pixel_mm = geometry.ijk_to_ras[:3, :2]
    long = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    low, high = bounds_of_group([_axis(tuple(-long), tuple(long))], pixel_mm)
    # The same ellipse made in the plane's own millimetres, point by point.
    to_mm = np.linalg.qr(pixel_mm, mode="r")
    long_mm = to_mm @ long
    short_mm = SHORT_TO_LONG * np.array([-long_mm[1], long_mm[0]])
    turn = np.linspace(0, 2 * np.pi, 3601)[:, None]
    outline = (np.cos(turn) * long_mm + np.sin(turn) * short_mm) @ np.linalg.inv(to_mm).T
    np.testing.assert_allclose(
        [low, high], [outline.min(0), outline.max(0)], atol=1e-4 * np.abs(outline).max()
    )
