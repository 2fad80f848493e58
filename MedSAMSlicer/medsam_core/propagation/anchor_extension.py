"""Beyond the outermost anchor: `track` goes on from its mask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.span_end import SpanEnd
from medsam_core.propagation.strategy import Step
from medsam_core.propagation.track import TrackPropagation
from medsam_core.segmentation_result import StopRecord


def extension(end: SpanEnd, direction: str, segment: SegmentPrompt, slices: SlicePredictor) -> Iterator[Step]:
    """Yield the slices beyond an anchor until the object ends, then why it does.

    Args:
        end: the outermost anchor.
        direction: "up" or "down".
        segment: its refusing clicks beyond the anchor are heeded.
        slices: the slices.
    """
    first, last = (end.index, slices.count - 1) if direction == "up" else (0, end.index)
    if first == last:
        yield StopRecord(direction, end.index, "the volume ends")
        return
    height, width = slices.shape_yx
    beyond = Box((0, 0, first), (width - 1, height - 1, last))
    refused = tuple(p for p in segment.points if not p.positive)
    seed = MaskPrompt.of(end.index, end.answer.mask_yx)
    start = SegmentPrompt(segment.name, segment.label, (beyond,), refused, (seed,))
    for step in TrackPropagation().run(start, slices):
        if isinstance(step, SliceMask):
            if step.index != end.index:
                yield step
        elif step.direction == direction:
            # The box around all that lies beyond ends with the volume.
            yield replace(step, reason=step.reason.replace("the 3D box", "the volume"))
