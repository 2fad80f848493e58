"""Boxes taken hold of and dragged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.interaction.box_grip import BoxGrip

BOX = (10.0, 20.0, 40.0, 60.0)
NUMBERS = st.floats(-500, 500)


@pytest.mark.parametrize(
    ("point", "moves"),
    [
        ((10, 20), (True, True, False, False)),
        ((41, 59), (False, False, True, True)),
        ((25, 21), (False, True, False, False)),
        ((39, 40), (False, False, True, False)),
        ((25, 40), (True, True, True, True)),
    ],
)
def test_corners_edges_and_the_inside_are_told_apart(point: tuple, moves: tuple) -> None:
    grip = BoxGrip.at(BOX, point, (2, 2))
    assert grip is not None
    assert grip.moves == moves
    assert not grip.is_new


def test_beside_the_box_there_is_nothing_to_hold() -> None:
    assert BoxGrip.at(BOX, (43, 40), (2, 2)) is None


def test_a_dragged_edge_leaves_the_others_where_they_were() -> None:
    grip = BoxGrip.at(BOX, (25, 21), (2, 2))
    assert grip is not None
    assert grip.dragged((70, 31)) == (10, 30, 40, 60)


@given(NUMBERS, NUMBERS)
def test_the_inside_moves_the_box_without_changing_its_size(x: float, y: float) -> None:
    grip = BoxGrip.at(BOX, (25, 40), (2, 2))
    assert grip is not None
    x0, y0, x1, y1 = grip.dragged((x, y))
    assert (x1 - x0, y1 - y0) == pytest.approx((30, 40))


@given(st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS))
def test_a_new_box_lies_between_press_and_pointer_with_its_corners_in_order(start: tuple, end: tuple) -> None:
    grip = BoxGrip.new(start)
    assert grip.is_new
    x0, y0, x1, y1 = grip.dragged(end)
    assert x0 <= x1
    assert y0 <= y1
    assert (x0, x1) == pytest.approx(tuple(sorted((start[0], end[0]))), abs=1e-9)
    assert (y0, y1) == pytest.approx(tuple(sorted((start[1], end[1]))), abs=1e-9)
