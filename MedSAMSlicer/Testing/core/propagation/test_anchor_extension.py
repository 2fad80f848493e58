"""Beyond the outermost anchors the object is tracked to its end, if that is asked for."""

from __future__ import annotations

import numpy as np

from medsam_core.metrics import dice
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.propagation.anchors import AnchorsPropagation
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.segmentation_result import StopRecord
from testkit.anchored import a_leaning_object, assert_alike, boxes_on, drawn, made
from testkit.oracle import OracleSlices

TRUTH = a_leaning_object(40)
TRUTH[:3] = TRUTH[34:] = False


def run(segment: SegmentPrompt) -> tuple[dict[int, SliceMask], list[StopRecord]]:
    steps = list(AnchorsPropagation(extend=True).run(segment, OracleSlices(TRUTH)))
    masks = [s for s in steps if isinstance(s, SliceMask)]
    assert len({m.index for m in masks}) == len(masks)
    return {m.index: m for m in masks}, [s for s in steps if isinstance(s, StopRecord)]


def test_the_object_is_followed_to_its_ends_and_the_spans_stay_as_they_are() -> None:
    segment = drawn({20: TRUTH[20]}, boxes_on(TRUTH, 10, 25))
    masks, stops = run(segment)
    assert abs(min(masks) - 3) <= 1 and abs(max(masks) - 33) <= 1
    assert {s.direction for s in stops} == {"down", "up"}
    assert min(dice(masks[k].mask_yx, TRUTH[k]) for k in range(4, 33)) > 0.85
    between = made(segment, OracleSlices(TRUTH))
    assert_alike({k: masks[k] for k in between}, between)


def test_a_slice_drawn_empty_and_a_3d_box_are_not_passed() -> None:
    masks, stops = run(drawn({28: TRUTH[28] & False}, boxes_on(TRUTH, 10, 25)))
    assert max(masks) == 28 and stops[1] == StopRecord("up", 28, "the object is drawn as absent here")
    masks, stops = run(SegmentPrompt("a", 1, (Box((5, 5, 10), (42, 42, 20)),)))
    assert sorted(masks) == list(range(10, 21)) and {s.reason for s in stops} == {"the 3D box ends"}


def test_the_end_of_the_volume_is_named() -> None:
    whole = np.repeat(TRUTH[20:21], 12, axis=0)
    for first, last in ((0, 11), (3, 8)):
        steps = list(AnchorsPropagation(extend=True).run(boxes_on(whole, first, last), OracleSlices(whole)))
        assert sorted(s.index for s in steps if isinstance(s, SliceMask)) == list(range(12))
        assert {s.reason for s in steps if isinstance(s, StopRecord)} == {"the volume ends"}


def test_at_most_all_slices_are_expected() -> None:
    assert AnchorsPropagation(extend=True).expected_slices(boxes_on(TRUTH, 10, 25), 40) == 40
