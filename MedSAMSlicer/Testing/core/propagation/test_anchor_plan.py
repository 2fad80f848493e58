"""Which slices are anchors can be read off the prompts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.propagation.anchor_plan import Anchor, hull, plan_anchors
from medsam_core.propagation.slice_prompt import SlicePrompt

DISC, NOTHING = np.eye(12, dtype=bool), np.zeros((12, 12), bool)


def flat(k: int, x0: int = 2) -> Box:
    return Box((x0, 2, k), (x0 + 6, 9, k))


def solid(first: int, last: int) -> Box:
    return Box((0, 0, first), (11, 11, last))


def anchors_of(boxes=(), points=(), masks=()) -> dict[int, Anchor]:
    plan = plan_anchors(SegmentPrompt("a", 1, tuple(boxes), tuple(points), tuple(masks)))
    return {a.index: a for a in plan.anchors}


def test_boxes_and_drawn_masks_of_one_slice_are_anchors_in_order() -> None:
    found = anchors_of([flat(9), flat(2), flat(2, 1)], (), [MaskPrompt.of(5, DISC)])
    assert list(found) == [2, 5, 9]
    assert found[2].boxes == ((1, 2, 7, 9), (2, 2, 8, 9))
    assert found[5].is_drawn and not found[5].is_absent and found[5].boxes == ()


def test_a_drawn_mask_takes_the_place_of_all_else_on_its_slice() -> None:
    found = anchors_of([flat(4), solid(2, 8)], [Point((3, 3, 4))], [MaskPrompt.of(4, DISC)])
    assert found[4].prompts == (SlicePrompt(mask=MaskPrompt.of(4, DISC)),)


def test_a_mask_drawn_empty_says_that_the_object_is_absent() -> None:
    assert anchors_of([flat(1)], (), [MaskPrompt.of(6, NOTHING)])[6].is_absent


@given(st.integers(0, 20), st.integers(1, 400))
def test_a_3d_box_has_an_anchor_at_either_end_and_at_most_ten_slices_apart(first: int, length: int) -> None:
    last = first + length
    found = list(anchors_of([solid(first, last)]))
    assert found[0] == first and found[-1] == last
    assert max(np.diff(found)) <= 10
    assert found == sorted(first + last - k for k in found)


def test_a_marked_slice_takes_the_place_of_a_3d_boxes_anchors_near_it_but_not_of_its_ends() -> None:
    assert list(anchors_of([solid(0, 30)])) == [0, 10, 20, 30]
    assert list(anchors_of([solid(0, 30), flat(13)])) == [0, 13, 20, 30]
    assert list(anchors_of([solid(0, 30), flat(15)])) == [0, 15, 30]
    assert list(anchors_of([solid(0, 30), flat(29)])) == [0, 10, 20, 29, 30]


def test_on_a_marked_slice_the_3d_box_is_a_bound_and_no_prompt() -> None:
    plan = plan_anchors(SegmentPrompt("a", 1, (solid(0, 20), flat(10))))
    assert plan.at(10).boxes == ((2, 2, 8, 9),) and plan.at(10).marked
    assert plan.limits(10) == (0, 0, 11, 11) and plan.limits(21) is None
    assert not plan.at(0).marked and plan.at(0).boxes == ((0, 0, 11, 11),)


def test_a_positive_click_is_an_anchor_only_outside_of_the_other_anchors() -> None:
    clicks = [Point((5, 5, k)) for k in (1, 6, 14)]
    assert list(anchors_of([flat(3), flat(9)], clicks)) == [1, 3, 9, 14]
    assert list(anchors_of([], clicks)) == [1, 6, 14]


def test_a_click_between_two_slices_drawn_empty_is_an_anchor() -> None:
    empty = [MaskPrompt.of(k, NOTHING) for k in (4, 9)]
    assert 6 in anchors_of([flat(1)], [Point((5, 5, 6))], empty)
    assert 3 not in anchors_of([flat(1)], [Point((5, 5, 3))], empty)


def test_refusing_clicks_make_no_anchor_but_stay_known() -> None:
    plan = plan_anchors(SegmentPrompt("a", 1, (flat(3), flat(9)), (Point((1, 1, 5), False),)))
    assert plan.at(5) is None and plan.clicks(5) == [Point((1, 1, 5), False)]


def test_neighbours_come_nearest_first() -> None:
    plan = plan_anchors(SegmentPrompt("a", 1, tuple(flat(k) for k in (1, 4, 8, 9))))
    assert [a.index for a in plan.below(8)] == [4, 1]
    assert [a.index for a in plan.above(8)] == [9]
    assert [a.index for a in plan.above(5)] == [8, 9]


@given(st.permutations([flat(1), flat(1, 3), flat(8), solid(0, 25), solid(9, 30)]))
def test_the_order_of_boxes_makes_no_difference(boxes: list[Box]) -> None:
    known = plan_anchors(SegmentPrompt("a", 1, (flat(1), flat(1, 3), flat(8), solid(0, 25), solid(9, 30))))
    assert plan_anchors(SegmentPrompt("a", 1, tuple(boxes))) == known


def test_the_hull_holds_all_boxes() -> None:
    assert hull([(3, 1, 4, 9), (0, 5, 3, 6)]) == (0, 1, 4, 9)
