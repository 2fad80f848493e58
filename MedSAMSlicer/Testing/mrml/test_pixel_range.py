"""A pixel is in if its centre is, and rounding of millimetres takes none away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.mrml.pixel_range import EDGE_SLACK, pixels_within

places = st.floats(-20, 40)


@given(low=places, high=places, count=st.integers(1, 20))
def test_the_pixels_are_those_whose_centres_lie_between(low: float, high: float, count: int) -> None:
    inside = [p for p in range(count) if low - EDGE_SLACK <= p <= high + EDGE_SLACK]
    assert pixels_within(low, high, count) == ((inside[0], inside[-1]) if inside else None)


def test_an_edge_on_a_centre_holds_it_whatever_the_last_digit() -> None:
    assert pixels_within(2.0 + 1e-9, 5.0 - 1e-9, 10) == (2, 5)


@pytest.mark.parametrize(("low", "high"), [(-1e300, 1e300), (-np.inf, np.inf)])
def test_endless_bounds_hold_the_whole_image(low: float, high: float) -> None:
    assert pixels_within(low, high, 7) == (0, 6)
