"""A line of the table says what the result says."""

from __future__ import annotations

import json

import numpy as np

from medsam_core.batch.case_row import COLUMNS, ROW, CaseRow
from medsam_core.geometry import Geometry
from medsam_core.intensity import IntensityWindow
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord


def a_result(*segments: SegmentRecord) -> SegmentationResult:
    labels = np.zeros((4, 2, 2), np.uint8)
    return SegmentationResult(
        labels, Geometry((2, 2, 4), np.eye(4)), segments, IntensityWindow("none", 0, 1, 0, 1)
    )


def test_the_least_sure_slice_of_all_segments_is_named() -> None:
    one = SegmentRecord(1, "a", 7, 0.007, {0: 0.9, 1: 0.8})
    two = SegmentRecord(2, "b", 3, 0.003, {1: 0.95, 2: 0.4})
    row = CaseRow.done("x", a_result(one, two), 1.23456)
    assert (row.segments, row.voxels, row.ml) == (2, 10, 0.01)
    assert (row.least_confidence, row.worst_slice, row.seconds) == (0.4, 2, 1.235)


def test_a_picture_has_no_volume_and_an_empty_segment_no_confidence() -> None:
    row = CaseRow.done("x", a_result(SegmentRecord(1, "a", 0, None, {})), 1.0)
    assert row.ml is None and row.least_confidence is None and row.worst_slice is None


def test_a_row_survives_json_and_keeps_its_columns() -> None:
    row = CaseRow("x", "failed", 0.5, reason="a: b; c")
    assert tuple(row.to_json()) == COLUMNS
    assert ROW.validate_json(json.dumps(row.to_json())) == row
    assert row.skipped("y") == CaseRow("y", "skipped", 0.5, reason="a: b; c")
