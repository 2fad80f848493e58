"""A result answers by label."""

from __future__ import annotations

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.intensity import choose_window
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord
from medsam_core.volume import Volume


def a_result() -> SegmentationResult:
    volume = Volume(np.arange(8, dtype=np.uint8).reshape(2, 2, 2), Geometry((2, 2, 2), np.eye(4)))
    segments = (
        SegmentRecord(4, "liver", 3, 0.003, {0: 0.9, 1: 0.4}),
        SegmentRecord(2, "spleen", 0, 0.0, {}),
    )
    labels = np.zeros((2, 2, 2), np.uint8)
    return SegmentationResult(labels, volume.geometry, segments, choose_window(volume, "none"))


def test_names_colours_and_confidence_go_by_label() -> None:
    result = a_result()
    assert result.segment_names == {4: "liver", 2: "spleen"}
    assert result.confidence == {4: {0: 0.9, 1: 0.4}, 2: {}}
    assert set(result.segment_colours) == {4, 2} and len(set(result.segment_colours.values())) == 2


def test_the_worst_slice_is_the_least_sure_one() -> None:
    liver, spleen = a_result().segments
    assert liver.worst_slice == 1
    assert spleen.worst_slice is None
