"""`roi`: every slice of the box, each prompted by the box's own cross-section."""

from __future__ import annotations

from collections.abc import Iterator

from medsam_core.prompts import SegmentPrompt
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import prompts_by_slice
from medsam_core.propagation.strategy import Step

_ENCODE_TOGETHER = 8  # slices known beforehand are encoded in batches; a GPU wants them so


class RoiPropagation:
    """The slices of each box and those that were clicked, and no others.

    A box on one slice gives that slice alone.
    """

    name = "roi"

    def run(self, segment: SegmentPrompt, slices: SlicePredictor) -> Iterator[Step]:
        """Yield one mask per prompted slice, from the lowest to the highest."""
        prompts = prompts_by_slice(segment)
        indices = list(prompts)
        for place, index in enumerate(indices):
            if place % _ENCODE_TOGETHER == 0:
                slices.prefetch(indices[place : place + _ENCODE_TOGETHER])
            yield slices.union(index, prompts[index])

    def expected_slices(self, segment: SegmentPrompt, count: int) -> int:
        """The number of prompted slices."""
        return len(prompts_by_slice(segment))
