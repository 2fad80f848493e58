"""Masks as shapes: they cover exactly the mask's pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from medsam_core.interaction.mask_shape import mask_fill, mask_outline

MASKS = arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))


@given(MASKS)
def test_the_rectangles_cover_each_pixel_of_the_mask_once_and_no_other(mask_yx: np.ndarray) -> None:
    covered = np.zeros(mask_yx.shape, int)
    for (x0, y0), _, (x1, y1), _ in mask_fill(mask_yx):
        covered[round(y0 + 0.5) : round(y1 + 0.5), round(x0 + 0.5) : round(x1 + 0.5)] += 1
    np.testing.assert_array_equal(covered, mask_yx)


@given(MASKS)
def test_the_outline_is_as_long_as_the_mask_s_border(mask_yx: np.ndarray) -> None:
    pieces = mask_outline(mask_yx)
    length = np.abs(np.diff(pieces, axis=1)).sum()
    padded = np.pad(mask_yx, 1).astype(int)
    assert length == np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()


@given(MASKS)
def test_a_pixel_s_outline_lies_half_a_pixel_around_its_centre(mask_yx: np.ndarray) -> None:
    one = np.zeros_like(mask_yx)
    y, x = one.shape[0] - 1, one.shape[1] - 1
    one[y, x] = True
    ends = mask_outline(one).reshape(-1, 2)
    np.testing.assert_array_equal(ends.min(axis=0), (x - 0.5, y - 0.5))
    np.testing.assert_array_equal(ends.max(axis=0), (x + 0.5, y + 0.5))
