"""A strip of slices: which is worst, where to look next, what a correction changes."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.geometry import Geometry
from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.segmentation_result import StopRecord
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.slice_result import SliceResult
from medsam_core.slice_grid import SliceGrid

GRID = SliceGrid.along(Geometry((12, 10, 40), np.eye(4)))
ONE_BOX = SegmentPrompt("s", 1, (Box((2, 2, 10), (8, 8, 10)),))

AN_ENTRY = JournalEntry(ONE_BOX, Geometry((12, 10, 40), np.eye(4)), ModelName("m", "i", "0", "sam"))


def a_result(index: int, confidence: float = 0.9, size: int = 4, value: float = 0.9) -> SliceResult:
    mask = np.zeros(GRID.shape_yx, bool)
    mask[2 : 2 + size, 3 : 3 + size] = True
    return SliceResult.of(SliceMask(index, mask, mask * np.float32(value), confidence), True)


def a_run(confidence: dict[int, float], prompt: SegmentPrompt = ONE_BOX) -> SegmentRun:
    run = SegmentRun.begin("Segment_1", prompt, GRID)
    for index, value in confidence.items():
        run.take(a_result(index, value))
    return run


def test_the_strip_is_in_slice_order_however_the_slices_came() -> None:
    run = a_run({10: 0.9, 11: 0.8, 9: 0.7})
    assert list(run.confidence.items()) == [(9, 0.7), (10, 0.9), (11, 0.8)]
    assert run.worst_slice == 9


def test_a_stop_is_kept_with_its_reason() -> None:
    run = a_run({})
    run.take(StopRecord("up", 12, "area fell to nothing"))
    assert [stop.reason for stop in run.stops] == ["area fell to nothing"]
    assert run.worst_slice is None and run.next_unsure() is None


@pytest.mark.parametrize(
    ("prompt", "anchors"),
    [
        (ONE_BOX, {10}),
        (SegmentPrompt("s", 1, (Box((2, 2, 4), (8, 8, 20)),)), {12}),
        (SegmentPrompt("s", 1, (Box((2, 2, 4), (8, 8, 20)),), (Point((3, 3, 6)),)), {6}),
        (SegmentPrompt("s", 1, (), (Point((3, 3, 6)), Point((3, 3, 7), False))), {6}),
        (SegmentPrompt("s", 1, masks=(MaskPrompt.of(5, np.ones((3, 3), bool)),)), {5}),
    ],
)
def test_anchors_are_the_slices_a_person_answered_for(prompt: SegmentPrompt, anchors: set[int]) -> None:
    assert SegmentRun.begin("s", prompt, GRID).anchors == anchors


def test_unsure_slices_are_the_valleys_of_the_strip_worst_first_then_round_and_round() -> None:
    strip = dict(enumerate([0.9, 0.6, 0.9, 0.95, 0.4, 0.45, 0.9, 0.9, 0.92, 0.97, 0.99, 0.97, 0.7, 0.9], 1))
    run = a_run(strip)
    assert run.next_unsure() == 5
    assert [run.next_unsure(after) for after in (5, 13, 2)] == [13, 2, 5]
    assert [run.next_unsure(after, -1) for after in (5, 2, 13)] == [2, 13, 5]


def test_a_slice_that_was_corrected_is_not_offered_again() -> None:
    run = a_run({8: 0.9, 9: 0.3, 10: 0.9, 11: 0.8, 12: 0.9})
    assert run.next_unsure() == 9
    assert run.corrected(9, [a_result(9, 0.2)], AN_ENTRY).next_unsure() != 9


def test_a_correction_changes_the_span_between_its_neighbours_and_nothing_else() -> None:
    run = a_run(dict.fromkeys(range(5, 21), 0.9))
    assert run.neighbours(15) == (10, 20), "the prompted slice, and the end of what was found"
    assert run.neighbours(7) == (5, 10)
    mended = run.corrected(15, [a_result(k, 0.5, size=2) for k in (10, 12, 13, 15, 20, 21)], AN_ENTRY)
    changed = {k for k, r in mended.slices.items() if r is not run.slices.get(k)}
    assert changed == {12, 13, 15}
    assert set(run.slices) - set(mended.slices) == {11, 14, 16, 17, 18, 19}, "not found any more"
    assert mended.anchors == {10, 15} and mended.neighbours(13) == (10, 15)
    assert [r.index for r in run.between(*run.neighbours(15))] == list(range(10, 21))
    assert len(run.slices) == 16, "the old one stays as it was, for undo"


def test_a_correction_beyond_the_end_makes_the_segment_longer() -> None:
    run = a_run(dict.fromkeys(range(5, 21), 0.9))
    assert run.neighbours(25) == (20, None)
    mended = run.corrected(25, [a_result(k) for k in range(20, 26)], AN_ENTRY)
    assert max(mended.slices) == 25


def test_held_slices_go_along_as_masks_but_not_the_corrected_one() -> None:
    run = a_run(dict.fromkeys(range(5, 21), 0.9))
    assert [mask.k for mask in run.anchor_masks(but=7)] == [5, 10, 20]
    assert [mask.k for mask in run.anchor_masks(but=10)] == [5, 20]
    np.testing.assert_array_equal(
        run.anchor_masks(but=7)[1].mask_yx(GRID.shape_yx), run.slices[10].mask_yx(GRID.shape_yx)
    )
