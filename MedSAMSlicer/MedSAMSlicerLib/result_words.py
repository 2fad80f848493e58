"""What a segmentation found, in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from medsam_core.interaction.slice_words import slice_words

if TYPE_CHECKING:
    from medsam_core.segmentation_result import SegmentationResult, SegmentRecord
    from medsam_core.slice_grid import SliceGrid

_MOST = 3


def result_words(result: SegmentationResult, seconds: float, slices: SliceGrid | None = None) -> str:
    """``R: 12.3 ml on 14 slices, least sure at S 42.5 mm (slice 121): 0.62. Done in 3.2 s.``

    Args:
        result: what was found.
        seconds: what it took.
        slices: those that its confidences count; None where they cannot be placed.
    """
    told = [_segment_words(one, _places(result, slices)) for one in result.segments[:_MOST]]
    more = len(result.segments) - _MOST
    told += [f"and {more} more segments"] if more > 0 else []
    return f"{'; '.join(told)}. Done in {seconds:.1f} s."


def _places(result: SegmentationResult, slices: SliceGrid | None) -> Callable[[int], str]:
    if slices is None or any(one.volume_ml is None for one in result.segments):  # a picture lies nowhere
        return lambda index: f"on slice {index + 1}"
    return lambda index: f"at {slice_words(index, slices, result.geometry)}"


def _segment_words(segment: SegmentRecord, place: Callable[[int], str]) -> str:
    if not segment.voxels:
        return f"{segment.name}: nothing was found"
    size = f"{segment.voxels} pixels" if segment.volume_ml is None else f"{segment.volume_ml:.1f} ml"
    words = f"{segment.name}: {size} on {len(segment.confidence)} slices"
    if not segment.confidence:
        return words
    worst = min(segment.confidence, key=lambda index: segment.confidence[index])
    return f"{words}, least sure {place(worst)}: {segment.confidence[worst]:.2f}"
