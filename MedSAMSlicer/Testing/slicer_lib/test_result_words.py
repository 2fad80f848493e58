"""What a segmentation found, in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from medsam_core.segmentation_result import SegmentRecord
from MedSAMSlicerLib.result_words import result_words


def a_result(*segments: SegmentRecord) -> Any:
    return SimpleNamespace(segments=segments)


def test_volume_slices_and_the_least_sure_one_are_told() -> None:
    liver = SegmentRecord(1, "liver", 9000, 12.34, {10: 0.9, 11: 0.62}, ())
    assert result_words(a_result(liver), 3.21) == (
        "liver: 12.3 ml on 2 slices, least sure on slice 12 (0.62). Done in 3.2 s."
    )


def test_a_picture_has_pixels_and_nothing_found_is_said() -> None:
    cell, none = SegmentRecord(1, "cell", 90, None, {}, ()), SegmentRecord(2, "other", 0, 0.0, {}, ())
    assert result_words(a_result(cell, none), 1) == (
        "cell: 90 pixels on 0 slices; other: nothing was found. Done in 1.0 s."
    )


def test_many_segments_are_counted() -> None:
    many = [SegmentRecord(n, f"s{n}", 0, 0.0, {}, ()) for n in range(1, 8)]
    assert "and 4 more segments" in result_words(a_result(*many), 1)
