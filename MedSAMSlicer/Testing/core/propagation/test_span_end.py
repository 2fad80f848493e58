"""An anchor's mask, and the boxes that its neighbours are prompted after."""

from __future__ import annotations

import numpy as np

from medsam_core.metrics import dice
from medsam_core.prompts import Point, SegmentPrompt
from medsam_core.propagation.anchor_plan import plan_anchors
from medsam_core.propagation.span_end import SpanEnd, boxes_of_parts, end_of
from testkit.anchored import a_leaning_object, boxes_on, drawn
from testkit.oracle import OracleSlices

TRUTH = a_leaning_object()


def ends(segment: SegmentPrompt, missed=()) -> list[SpanEnd]:
    slices = OracleSlices(TRUTH, missed)
    return [end_of(anchor, slices) for anchor in plan_anchors(segment).anchors]


def test_the_boxes_of_a_prompted_slice_are_its_own() -> None:
    (end,) = ends(boxes_on(TRUTH, 7))
    x0, y0, x1, y1 = boxes_on(TRUTH, 7).boxes[0].box_xyxy
    assert end.boxes == ((x0, y0, x1, y1),) and end.expected_yx is None
    np.testing.assert_array_equal(end.answer.mask_yx, TRUTH[7])


def test_a_drawn_slice_has_the_boxes_of_its_parts_and_the_models_own_idea() -> None:
    mask = TRUTH[7].copy()
    mask[40:44, 2:6] = True
    (end,) = ends(drawn({7: mask}))
    assert len(end.boxes) == 2 and end.boxes[0] == (2, 40, 5, 43)
    np.testing.assert_array_equal(end.expected_yx, TRUTH[7])
    np.testing.assert_array_equal(end.answer.mask_yx, mask)


def test_many_specks_are_one_box() -> None:
    specks = np.zeros((48, 48), bool)
    specks[4:40:4, 3:30:4] = True
    assert boxes_of_parts(specks) == ((3, 4, 27, 36),)
    assert boxes_of_parts(specks & False) == ()


def test_where_the_model_misses_a_box_the_ellipse_in_it_stands_in_without_confidence() -> None:
    (end,) = ends(boxes_on(TRUTH, 7), missed=[7])
    assert dice(end.answer.mask_yx, TRUTH[7]) > 0.9
    assert end.answer.confidence == 0 and end.answer.probability_yx.max() == 0.5


def test_clicks_for_which_the_model_finds_nothing_are_void() -> None:
    click = SegmentPrompt("a", 1, (), (Point((20, 22, 7)),))
    assert not ends(click)[0].is_void and ends(click, missed=[7])[0].is_void
    assert not ends(drawn({7: np.zeros_like(TRUTH[7])}))[0].is_void
