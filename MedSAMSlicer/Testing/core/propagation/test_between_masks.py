"""A mask between two others is on its way from the one to the other."""

from __future__ import annotations

import numpy as np

from medsam_core.metrics import dice
from medsam_core.propagation.between_masks import mask_between
from medsam_core.propagation.slice_mask import SliceMask


def a_disc(index: int, x: float, radius: float) -> SliceMask:
    rows, columns = np.indices((64, 80))
    mask = (rows - 32) ** 2 + (columns - x) ** 2 <= radius**2
    return SliceMask(index, mask, mask.astype(np.float32), 0.9)


def test_halfway_between_two_sizes_lies_the_size_between() -> None:
    between = mask_between(a_disc(3, 40, 8), a_disc(5, 40, 16), 4, 0.2)
    assert dice(between.mask_yx, a_disc(4, 40, 12).mask_yx) > 0.95
    assert (between.index, between.confidence) == (4, 0.2)


def test_an_object_that_moves_is_moved_and_not_shrunk() -> None:
    between = mask_between(a_disc(9, 20, 8), a_disc(6, 50, 8), 8, 0.2)
    assert dice(between.mask_yx, a_disc(8, 30, 8).mask_yx) > 0.9


def test_the_probability_is_on_the_side_of_the_mask() -> None:
    between = mask_between(a_disc(0, 40, 8), a_disc(2, 44, 12), 1, 0.2)
    np.testing.assert_array_equal(between.probability_yx > 0.5, between.mask_yx)
