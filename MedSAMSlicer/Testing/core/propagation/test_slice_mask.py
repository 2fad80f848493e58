"""A mask knows its size and its box."""

from __future__ import annotations

import numpy as np

from medsam_core.propagation.slice_mask import SliceMask


def test_the_box_of_a_mask_has_inclusive_corners() -> None:
    mask = np.zeros((10, 12), bool)
    mask[3:6, 2:9] = True
    found = SliceMask(0, mask, mask.astype(np.float32), 1.0)
    assert found.box_of_mask() == (2, 3, 8, 5)
    assert found.area == 21


def test_an_empty_mask_has_no_box() -> None:
    empty = np.zeros((4, 4), bool)
    assert SliceMask(0, empty, empty.astype(np.float32), 0.0).box_of_mask() is None
