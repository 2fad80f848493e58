"""Boxes go from one anchor to the next in proportion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.propagation.anchor_plan import AnchorPlan, plan_anchors
from medsam_core.propagation.anchor_spans import Span, boxes_between
from medsam_core.propagation.slice_prompt import SlicePrompt
from medsam_core.propagation.span_end import end_of
from testkit.anchored import a_leaning_object, drawn
from testkit.oracle import OracleSlices

SLICES = OracleSlices(a_leaning_object())


def span_of(segment: SegmentPrompt) -> Span:
    plan = plan_anchors(segment)
    low, high = (end_of(anchor, SLICES) for anchor in plan.anchors[:2])
    return Span(low, high, plan)


def a_span(low: list[tuple[int, ...]], high: list[tuple[int, ...]], *more: Box) -> Span:
    boxes = [Box((*b[:2], k), (*b[2:], k)) for k, side in ((2, low), (12, high)) for b in side]
    return span_of(SegmentPrompt("a", 1, (*boxes, *more)))


corner = st.integers(0, 20)
box = st.tuples(corner, corner, corner, corner).map(lambda b: (b[0], b[1], b[0] + b[2] + 1, b[1] + b[3] + 1))


@given(st.lists(box, min_size=1, max_size=3, unique=True), st.lists(box, min_size=1, max_size=3, unique=True))
def test_at_the_anchors_the_boxes_are_their_own_or_the_one_around_them(low: list, high: list) -> None:
    span = a_span(low, high)
    for end, boxes in ((span.low, low), (span.high, high)):
        found = sorted(boxes_between(span.low, span.high, end.index))
        around = (*np.min(boxes, axis=0)[:2], *np.max(boxes, axis=0)[2:])
        assert found == (sorted(boxes) if len(low) == len(high) else [around])


def test_halfway_is_the_mean_of_the_corners() -> None:
    span = a_span([(0, 2, 10, 12)], [(10, 2, 30, 18)])
    assert boxes_between(span.low, span.high, 7) == [(5, 2, 20, 15)]


def test_equally_many_boxes_are_paired_by_where_they_are() -> None:
    span = a_span([(0, 0, 9, 9), (30, 0, 39, 9)], [(28, 2, 37, 11), (2, 2, 11, 11)])
    assert sorted(boxes_between(span.low, span.high, 7)) == [(1, 1, 10, 10), (29, 1, 38, 10)]


def test_unequally_many_boxes_are_one() -> None:
    span = a_span([(0, 0, 9, 9), (30, 0, 39, 9)], [(10, 10, 29, 19)])
    assert boxes_between(span.low, span.high, 7) == [(5, 5, 34, 14)]


def test_beside_a_slice_drawn_empty_the_box_is_kept() -> None:
    base = SegmentPrompt("a", 1, (Box((4, 4, 2), (20, 22, 2)),))
    span = span_of(drawn({9: np.zeros((48, 48), bool)}, base))
    assert boxes_between(span.low, span.high, 8) == [(4, 4, 20, 22)]


def test_a_3d_box_bounds_the_boxes_inside_it() -> None:
    bound = Box((5, 0, 0), (15, 40, 30))
    plan = AnchorPlan((), (bound,), ())
    free = a_span([(0, 2, 10, 12)], [(10, 2, 30, 18)])
    (prompt,) = Span(free.low, free.high, plan).prompts(7, (48, 48))
    assert prompt.box_xyxy == (5, 2, 15, 15)


def test_a_bound_that_does_not_meet_the_box_leaves_it() -> None:
    plan = AnchorPlan((), (Box((40, 40, 0), (47, 47, 30)),), ())
    free = a_span([(0, 2, 10, 12)], [(10, 2, 30, 18)])
    assert Span(free.low, free.high, plan).prompts(7, (48, 48))[0].box_xyxy == (5, 2, 20, 15)


def test_clicks_between_join_the_box() -> None:
    free = a_span([(0, 2, 10, 12)], [(10, 2, 30, 18)])
    plan = AnchorPlan((), (), (Point((8, 8, 7)), Point((1, 1, 7), False), Point((9, 9, 8))))
    clicks = (((8.0, 8.0), True), ((1.0, 1.0), False))
    assert Span(free.low, free.high, plan).prompts(7, (48, 48)) == [SlicePrompt((5, 2, 20, 15), clicks)]


@pytest.mark.parametrize(("column", "expected"), [(0, (0, 0.5)), (20, (19.5, 20.5)), (47, (46.5, 47))])
def test_a_box_of_one_column_gets_a_width(column: int, expected: tuple[float, float]) -> None:
    mask = np.zeros((48, 48), bool)
    mask[10:20, column] = True
    (prompt,) = span_of(drawn({2: mask, 8: mask})).prompts(5, (48, 48))
    assert (prompt.box_xyxy[0], prompt.box_xyxy[2]) == expected
