"""What a segmentation found, in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.segmentation_result import SegmentRecord
from medsam_core.slice_grid import SliceGrid
from MedSAMSlicerLib.result_words import result_words

GEOMETRY = Geometry((9, 8, 20), np.diag([1.0, 1.0, 2.5, 1.0]))


def a_result(*segments: SegmentRecord) -> Any:
    return SimpleNamespace(segments=segments, geometry=GEOMETRY)


def test_volume_slices_and_the_least_sure_one_are_told() -> None:
    liver = SegmentRecord(1, "liver", 9000, 12.34, {10: 0.9, 11: 0.62}, ())
    assert result_words(a_result(liver), 3.21) == (
        "liver: 12.3 ml on 2 slices, least sure on slice 12: 0.62. Done in 3.2 s."
    )
    assert result_words(a_result(liver), 3.21, SliceGrid.along(GEOMETRY)) == (
        "liver: 12.3 ml on 2 slices, least sure at S 27.5 mm (slice 12): 0.62. Done in 3.2 s."
    )


def test_a_picture_has_pixels_and_nothing_found_is_said() -> None:
    cell, none = SegmentRecord(1, "cell", 90, None, {0: 0.5}, ()), SegmentRecord(2, "other", 0, 0.0, {}, ())
    assert result_words(a_result(cell, none), 1, SliceGrid.along(GEOMETRY)) == (
        "cell: 90 pixels on 1 slices, least sure on slice 1: 0.50; other: nothing was found. Done in 1.0 s."
    )


def test_many_segments_are_counted() -> None:
    many = [SegmentRecord(n, f"s{n}", 0, 0.0, {}, ()) for n in range(1, 8)]
    assert "and 4 more segments" in result_words(a_result(*many), 1)
