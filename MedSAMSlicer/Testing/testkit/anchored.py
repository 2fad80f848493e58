"""An object that moves and grows from slice to slice, prompts on some of its slices, and runs over them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.propagation.anchors import AnchorsPropagation
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.segmentation_result import StopRecord

Made = dict[int, SliceMask]


def a_leaning_object(count: int = 30, side: int = 48) -> np.ndarray:
    """(count, side, side) bool: an ellipse that wanders across the slices and swells."""
    y, x = np.indices((side, side))
    discs = []
    for n in range(count):
        t = n / (count - 1)
        cx, cy, rx, ry = 15 + 16 * t, 22 + 3 * np.sin(5 * t), 5 + 4 * t, 7 - 2 * t
        discs.append(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1)
    return np.stack(discs)


def a_box_on(truth_kji: np.ndarray, k: int, margin: int = 0) -> Box:
    """The box around the truth on one slice."""
    rows, columns = np.nonzero(truth_kji[k])
    low, high = (
        (columns.min() - margin, rows.min() - margin, k),
        (columns.max() + margin, rows.max() + margin, k),
    )
    return Box(tuple(map(int, low)), tuple(map(int, high)))


def boxes_on(truth_kji: np.ndarray, *slices: int) -> SegmentPrompt:
    """A segment with a box on each of these slices."""
    return SegmentPrompt("a", 1, tuple(a_box_on(truth_kji, k) for k in slices))


def drawn(masks: Mapping[int, np.ndarray], base: SegmentPrompt | None = None) -> SegmentPrompt:
    """A segment with drawn masks, besides the boxes and clicks of another; its masks give way."""
    prompts = tuple(MaskPrompt.of(k, mask) for k, mask in masks.items())
    if base is None:
        return SegmentPrompt("a", 1, masks=prompts)
    kept = tuple(m for m in base.masks if m.k not in masks)
    return SegmentPrompt("a", 1, base.boxes, base.points, kept + prompts)


def made(segment: SegmentPrompt, slices: SlicePredictor, around: int | None = None) -> Made:
    """The masks of a run, by slice; none is given twice."""
    masks = [s for s in AnchorsPropagation(around).run(segment, slices) if isinstance(s, SliceMask)]
    assert len({m.index for m in masks}) == len(masks)
    return {m.index: m for m in masks}


def stops(segment: SegmentPrompt, slices: SlicePredictor) -> list[StopRecord]:
    """Where a run ended."""
    return [s for s in AnchorsPropagation().run(segment, slices) if isinstance(s, StopRecord)]


def assert_alike(some: Made, others: Made) -> None:
    """The same slices, masks, probabilities and confidences, bit for bit."""
    assert sorted(some) == sorted(others)
    for k, mask in some.items():
        np.testing.assert_array_equal(mask.mask_yx, others[k].mask_yx, err_msg=f"slice {k}")
        np.testing.assert_array_equal(mask.probability_yx, others[k].probability_yx, err_msg=f"slice {k}")
        assert mask.confidence == others[k].confidence, f"slice {k}"
