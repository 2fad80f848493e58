"""What will be looked at next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medsam_core.session.travel import slices_ahead


@given(st.integers(1, 60), st.data(), st.integers(-1, 1), st.integers(0, 80))
def test_each_neighbour_comes_once_nearest_first_on_its_side_and_never_the_slice_itself(
    count: int, data: st.DataObject, direction: int, reach: int
) -> None:
    index = data.draw(st.integers(0, count - 1))
    order = slices_ahead(index, direction, count, reach)
    assert len(order) == min(reach, count - 1) == len(set(order))
    assert index not in order and all(0 <= k < count for k in order)
    for side in (1, -1):
        distances = [abs(k - index) for k in order if (k - index) * side > 0]
        assert distances == sorted(distances)


def test_a_traveller_gets_three_slices_ahead_for_each_behind() -> None:
    assert slices_ahead(10, +1, 100) == (11, 12, 13, 9, 14, 15, 16, 8)
    assert slices_ahead(10, -1, 100) == (9, 8, 7, 11, 6, 5, 4, 12)


def test_who_stands_gets_both_sides_alike() -> None:
    assert slices_ahead(10, 0, 100, 4) == (11, 9, 12, 8)
