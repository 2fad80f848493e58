"""Fields of distances carry the mask exactly, and follow a box where it goes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medsam_core.metrics import dice
from medsam_core.propagation.signed_distance import signed_distance, stretched


def an_ellipse(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    y, x = np.ogrid[:60, :70]
    return ((2 * x - x0 - x1) / (x1 - x0 + 1)) ** 2 + ((2 * y - y0 - y1) / (y1 - y0 + 1)) ** 2 <= 1


@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)).filter(np.any))
def test_it_is_above_0_inside_alone_and_half_a_pixel_from_the_edge_at_least(mask: np.ndarray) -> None:
    field = signed_distance(mask)
    np.testing.assert_array_equal(field > 0, mask)
    assert np.abs(field).min() >= 0.5


def test_it_tells_the_pixels_to_the_edge() -> None:
    mask = np.zeros((5, 9), bool)
    mask[:, 3:6] = True
    assert signed_distance(mask)[2].tolist() == [-2.5, -1.5, -0.5, 0.5, 1.5, 0.5, -0.5, -1.5, -2.5]


@given(hnp.arrays(np.float64, (7, 5), elements=st.floats(-9, 9)))
def test_onto_its_own_box_nothing_moves(field: np.ndarray) -> None:
    np.testing.assert_allclose(stretched(field, (1, 1, 3, 4), (1, 1, 3, 4)), field, atol=1e-9)


@pytest.mark.parametrize("onto", [(30, 25, 49, 40), (12, 9, 51, 50), (16, 12, 25, 19), (20, 9, 60, 19)])
def test_a_shape_follows_its_box(onto: tuple[int, int, int, int]) -> None:
    box = (14, 10, 33, 25)
    moved = stretched(signed_distance(an_ellipse(*box)), box, onto)
    assert dice(moved > 0, an_ellipse(*onto)) > 0.95


def test_distances_grow_with_the_shape() -> None:
    box, onto = (25, 20, 44, 39), (15, 10, 54, 49)
    moved = stretched(signed_distance(an_ellipse(*box)), box, onto)
    assert moved.max() == pytest.approx(signed_distance(an_ellipse(*onto)).max(), rel=0.1)
