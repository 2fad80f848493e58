"""Boxes and clicks find their slice, and clicks their box."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.propagation.slice_prompt import (
    SlicePrompt,
    clip_box,
    grow_box,
    middle_slice,
    prompts_by_slice,
)


def test_a_3d_box_prompts_each_of_its_slices_with_its_cross_section() -> None:
    prompts = prompts_by_slice(SegmentPrompt("a", 1, (Box((2, 3, 4), (8, 9, 6)),)))
    assert prompts == {k: [SlicePrompt((2.0, 3.0, 8.0, 9.0))] for k in (4, 5, 6)}


def test_a_positive_click_goes_to_the_box_that_holds_it_and_a_negative_one_to_all() -> None:
    boxes = (Box((0, 0, 1), (9, 9, 1)), Box((20, 0, 1), (29, 9, 1)))
    points = (Point((5, 5, 1)), Point((25, 5, 1)), Point((15, 5, 1), positive=False))
    first, second = prompts_by_slice(SegmentPrompt("a", 1, boxes, points))[1]
    assert first.points_xy == (((5.0, 5.0), True), ((15.0, 5.0), False))
    assert second.points_xy == (((25.0, 5.0), True), ((15.0, 5.0), False))


def test_clicks_that_no_box_holds_are_a_prompt_of_their_own() -> None:
    points = (Point((40, 40, 1)), Point((42, 41, 1)))
    prompts = prompts_by_slice(SegmentPrompt("a", 1, (Box((0, 0, 1), (9, 9, 1)),), points))[1]
    assert [p.box_xyxy for p in prompts] == [(0.0, 0.0, 9.0, 9.0), None]
    assert prompts[1].points_xy == (((40.0, 40.0), True), ((42.0, 41.0), True))


def test_a_slice_with_only_negative_clicks_prompts_nothing() -> None:
    segment = SegmentPrompt("a", 1, (), (Point((4, 4, 1)), Point((5, 5, 2), positive=False)))
    assert sorted(prompts_by_slice(segment)) == [1]


def test_slices_come_in_order() -> None:
    segment = SegmentPrompt(
        "a", 1, (Box((0, 0, 7), (5, 5, 8)), Box((0, 0, 2), (5, 5, 3))), (Point((1, 1, 5)),)
    )
    assert list(prompts_by_slice(segment)) == [2, 3, 5, 7, 8]


@pytest.mark.parametrize(("first", "last", "middle"), [(4, 4, 4), (4, 5, 4), (4, 8, 6)])
def test_the_middle_slice_lies_inside_the_box(first: int, last: int, middle: int) -> None:
    assert middle_slice(Box((0, 0, first), (5, 5, last))) == middle


def test_a_grown_box_stays_inside_the_slice() -> None:
    assert grow_box((1, 5, 17, 10), 3, (12, 20)) == (0.0, 2.0, 19.0, 11.0)


def test_a_box_beyond_its_limits_is_none_of_it() -> None:
    assert clip_box((0, 0, 5, 5), (6, 0, 9, 9)) is None
    assert clip_box((0, 0, 7, 5), (6, 2, 9, 9)) == (6.0, 2.0, 7.0, 5.0)


def test_a_drawn_mask_is_the_only_prompt_of_its_slice() -> None:
    mask = MaskPrompt.of(4, np.ones((20, 20), bool))
    segment = SegmentPrompt("a", 1, (Box((2, 2, 3), (9, 9, 5)),), (Point((4, 4, 4)),), (mask,))
    prompts = prompts_by_slice(segment)
    assert list(prompts) == [3, 4, 5]
    assert prompts[4] == [SlicePrompt(mask=mask)]
    assert prompts[3] == [SlicePrompt((2.0, 2.0, 9.0, 9.0))]
