"""What touches the slice before is the object; what does not is not."""

from __future__ import annotations

import numpy as np

from medsam_core.propagation.mask_parts import parts_near


def two_parts() -> np.ndarray:
    mask = np.zeros((30, 40), bool)
    mask[5:12, 5:15] = True
    mask[5:12, 20:30] = True
    return mask


def test_only_the_part_that_lies_on_the_slice_before_is_kept() -> None:
    before = np.zeros((30, 40), bool)
    before[8:10, 8:10] = True
    kept = parts_near(two_parts(), before, 1)
    assert kept[6, 6] and not kept[:, 20:].any()


def test_all_parts_that_come_near_are_kept() -> None:
    before = np.zeros((30, 40), bool)
    before[8, 10:25] = True
    np.testing.assert_array_equal(parts_near(two_parts(), before, 0), two_parts())


def test_reach_is_in_pixels_also_across_corners() -> None:
    before = np.zeros((30, 40), bool)
    before[14, 17] = True
    assert not parts_near(two_parts(), before, 2).any()
    kept = parts_near(two_parts(), before, 3)
    assert kept[:, :15].any() and kept[:, 20:].any()


def test_nothing_near_leaves_nothing() -> None:
    assert not parts_near(two_parts(), np.zeros((30, 40), bool), 3).any()
