"""`roi`: every slice of the box, each prompted by the box's own cross-section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from medsam_core.prompts import SegmentPrompt
from medsam_core.propagation.confidence import Evidence, overlap_moved, undecided
from medsam_core.propagation.grey_likeness import GreyLikeness
from medsam_core.propagation.slice_mask import SliceMask
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
        indices, run = list(prompts), _Neighbours()
        for place, index in enumerate(indices):
            if place % _ENCODE_TOGETHER == 0:
                slices.prefetch(indices[place : place + _ENCODE_TOGETHER])
            mask = slices.union(index, prompts[index])
            yield mask if mask.drawn else replace(mask, confidence=run.judge(mask, slices))

    def expected_slices(self, segment: SegmentPrompt, count: int) -> int:
        """The number of prompted slices."""
        return len(prompts_by_slice(segment))


class _Neighbours:
    """The slices given so far, to compare the next one with."""

    def __init__(self) -> None:
        self._last: SliceMask | None = None
        self._greys: GreyLikeness | None = None

    def judge(self, mask: SliceMask, slices: SlicePredictor) -> float:
        """The confidence of the next slice; it is the neighbour of the one after."""
        image = slices.stack.image(mask.index)
        beside = self._last if self._last is not None and mask.index - self._last.index == 1 else None
        overlap = overlap_moved(mask, beside) if beside is not None else None
        contrast = self._greys.contrast(image, mask.mask_yx) if self._greys is not None else None
        evidence = Evidence(mask.confidence, undecided(mask), None, contrast, overlap)
        self._last = mask
        if mask.area and self._greys is None:
            self._greys = GreyLikeness(image, mask.mask_yx)
        elif mask.area:
            self._greys.accept(image, mask.mask_yx)
        return evidence.confidence
