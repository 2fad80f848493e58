"""The next box lies where the object is going, and inside its limits."""

from __future__ import annotations

import numpy as np

from medsam_core.propagation.box_motion import BoxMotion
from medsam_core.propagation.slice_mask import SliceMask

SHAPE = (60, 100)


def a_block(index: int, x: int, size: int = 10) -> SliceMask:
    mask = np.zeros(SHAPE, bool)
    mask[20 : 20 + size, x : x + size] = True
    return SliceMask(index, mask, mask.astype(np.float32), 0.9)


def test_a_still_object_gets_its_own_box_a_little_wider() -> None:
    assert BoxMotion(a_block(4, 30), SHAPE, None).next_box(5) == (29.5, 19.5, 39.5, 29.5)


def test_the_box_goes_with_an_object_that_moves_and_farther_over_a_gap() -> None:
    motion = BoxMotion(a_block(4, 30), SHAPE, None)
    for index in (5, 6, 7, 8):
        motion.accept(a_block(index, 30 + 4 * (index - 4)))
    near, far = motion.next_box(9), motion.next_box(10)
    assert near is not None and far is not None
    assert 48 < (near[0] + near[2]) / 2 - 4.5 < 51 < (far[0] + far[2]) / 2 - 4.5 < 54
    assert far[2] - far[0] > near[2] - near[0]
    assert motion.expected_yx(9).sum() == motion.expected_yx(10).sum() == 100
    assert motion.expected_yx(10).any(axis=0).nonzero()[0][0] > 46


def test_boxes_stay_inside_the_3d_box_and_end_where_they_leave_it() -> None:
    limits = (28.0, 15.0, 36.0, 40.0)
    assert BoxMotion(a_block(4, 30), SHAPE, limits).next_box(5) == (29.5, 19.5, 36.0, 29.5)
    assert BoxMotion(a_block(4, 50), SHAPE, limits).next_box(5) is None


def test_a_mask_that_runs_out_on_one_side_is_looked_at_again_towards_it() -> None:
    motion = BoxMotion(a_block(4, 30), SHAPE, None)
    box = motion.next_box(5)
    moved = motion.second_look(box, a_block(5, 36, 4))
    assert moved is not None and moved[2] > box[2] + 3
    assert motion.second_look(box, a_block(5, 30)) is None


def test_a_wider_box_holds_the_box() -> None:
    motion = BoxMotion(a_block(4, 30), SHAPE, None)
    x0, y0, x1, y1 = motion.wider((30.0, 20.0, 40.0, 30.0))
    assert x0 <= 25 and y0 <= 15 and x1 >= 45 and y1 >= 35
