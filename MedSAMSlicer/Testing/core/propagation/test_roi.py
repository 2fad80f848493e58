"""The slices of the box, all of them, and no others."""

from __future__ import annotations

import numpy as np

from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.propagation.roi import RoiPropagation
from testkit.oracle import OracleSlices

TRUTH = np.zeros((9, 30, 40), bool)
TRUTH[2:7, 8:20, 10:30] = True


def test_every_slice_of_the_box_is_visited_once_in_order() -> None:
    slices = OracleSlices(TRUTH)
    segment = SegmentPrompt("a", 1, (Box((8, 6, 1), (31, 21, 7)),))
    indices = [step.index for step in RoiPropagation().run(segment, slices)]
    assert indices == slices.visited == [1, 2, 3, 4, 5, 6, 7]
    assert RoiPropagation().expected_slices(segment, 9) == 7


def test_masks_of_two_boxes_on_a_slice_are_joined() -> None:
    segment = SegmentPrompt("a", 1, (Box((8, 6, 3), (20, 21, 3)), Box((19, 6, 3), (31, 21, 3))))
    (mask,) = RoiPropagation().run(segment, OracleSlices(TRUTH))
    np.testing.assert_array_equal(mask.mask_yx, TRUTH[3])
    assert mask.box_xyxy == (8, 6, 31, 21)


def test_a_click_alone_prompts_its_slice() -> None:
    segment = SegmentPrompt("a", 1, (), (Point((15, 10, 4)),))
    (mask,) = RoiPropagation().run(segment, OracleSlices(TRUTH))
    assert mask.index == 4 and mask.area == TRUTH[4].sum()


def test_an_empty_slice_does_not_end_the_run() -> None:
    segment = SegmentPrompt("a", 1, (Box((8, 6, 1), (31, 21, 7)),))
    areas = [step.area for step in RoiPropagation().run(segment, OracleSlices(TRUTH, missed=[4]))]
    assert areas == [0, 240, 240, 0, 240, 240, 0]
