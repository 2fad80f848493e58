"""One segment of a run: its slices as far as they are done, and how sure each is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from medsam_core.journal_entry import JournalEntry
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import SegmentPrompt
from medsam_core.segmentation_result import StopRecord
from medsam_core.session.slice_result import SliceResult
from medsam_core.slice_grid import SliceGrid


@dataclass(eq=False)
class SegmentRun:
    """What a propagation has found of one segment.

    Attributes:
        segment_id: the face's.
        prompt: what it was told, in the pixels of the grid.
        grid: the slices.
        anchors: slices that a person answered for: prompted, drawn or corrected there.
        expected: slices that will be visited at most; 0 until the run has begun.
        slices: slice number -> result, in the order in which they were done.
        stops: where it ended, and why.
        corrections: what was mended since, and how to do that again.
    """

    segment_id: str
    prompt: SegmentPrompt
    grid: SliceGrid
    anchors: frozenset[int]
    expected: int = 0
    slices: dict[int, SliceResult] = field(default_factory=dict, repr=False)
    stops: list[StopRecord] = field(default_factory=list)
    corrections: tuple[JournalEntry, ...] = field(default=(), repr=False)

    @classmethod
    def begin(cls, segment_id: str, prompt: SegmentPrompt, grid: SliceGrid) -> SegmentRun:
        """Nothing is done yet."""
        return cls(segment_id, prompt, grid, frozenset(_prompted(prompt)))

    def take(self, step: SliceResult | StopRecord) -> None:
        """A slice is done, or one direction has ended."""
        if isinstance(step, StopRecord):
            self.stops.append(step)
        else:
            self.slices[step.index] = step

    @property
    def confidence(self) -> dict[int, float]:
        """Slice number -> 0..1, lowest slice first: the strip; of the slices of which it is known."""
        found = {index: self.slices[index].confidence for index in sorted(self.slices)}
        return {index: value for index, value in found.items() if not math.isnan(value)}

    @property
    def worst_slice(self) -> int | None:
        """The slice of least confidence (the lowest of several)."""
        confidence = self.confidence
        return min(confidence, key=confidence.__getitem__) if confidence else None

    def next_unsure(self, after: int | None = None, direction: int = 1) -> int | None:
        """The next slice that is worth a look, round and round.

        Worth a look is where confidence is lower than on both neighbours (of equal ones: the first) and no
        more than the median: a correction there mends its neighbours too. Slices a person answered for are
        not.

        Args:
            after: from here; None for the least sure of all.
            direction: > 0 towards higher slices, < 0 towards lower.
        """
        unsure = self._unsure()
        if not unsure:
            return None
        if after is None:
            return min(unsure, key=lambda index: self.slices[index].confidence)
        ahead = [i for i in unsure if (i > after if direction >= 0 else i < after)] or unsure
        return min(ahead) if direction >= 0 else max(ahead)

    def neighbours(self, index: int) -> tuple[int | None, int | None]:
        """The nearest anchors below and above a slice; the two ends of what was found count as anchors."""
        anchors = sorted(self.held())
        below = [a for a in anchors if a < index]
        above = [a for a in anchors if a > index]
        return (below[-1] if below else None), (above[0] if above else None)

    def held(self) -> frozenset[int]:
        """Slices that a correction elsewhere leaves as they are: anchors, and both ends."""
        found = [index for index, result in self.slices.items() if result.area]
        ends = {min(found), max(found)} if found else set()
        return frozenset((self.anchors | ends) & self.slices.keys())

    def anchor_masks(self, but: int) -> tuple[MaskPrompt, ...]:
        """The held slices, but one, as masks that a propagation takes as they are."""
        shape = self.grid.shape_yx
        return tuple(self.slices[index].to_prompt(shape) for index in sorted(self.held() - {but}))

    def corrected(self, index: int, found: Iterable[SliceResult], entry: JournalEntry) -> SegmentRun:
        """The same with the span between a slice's neighbours in another way.

        Args:
            index: the slice that was corrected; an anchor from now on.
            found: the slices of the span; others are left out.
            entry: how to correct it again.
        """
        below, above = self.neighbours(index)

        def in_span(k: int) -> bool:
            return (below is None or k > below) and (above is None or k < above)

        slices = {k: result for k, result in self.slices.items() if not in_span(k)}
        slices.update({result.index: result for result in found if in_span(result.index)})
        return replace(
            self,
            slices=slices,
            stops=list(self.stops),
            anchors=self.anchors | {index},
            corrections=(*self.corrections, entry),
        )

    def between(self, below: int | None, above: int | None) -> tuple[SliceResult, ...]:
        """The slices from one to another, both included; None for as far as there are any."""
        return tuple(
            self.slices[k]
            for k in sorted(self.slices)
            if (below is None or k >= below) and (above is None or k <= above)
        )

    def _unsure(self) -> list[int]:
        confidence = self.confidence
        if not confidence:
            return []
        median = sorted(confidence.values())[(len(confidence) - 1) // 2]
        return [
            index
            for index, value in confidence.items()
            if value <= median
            and index not in self.anchors
            and confidence.get(index - 1, 2.0) > value <= confidence.get(index + 1, 2.0)
        ]


def _prompted(prompt: SegmentPrompt) -> set[int]:
    """Slices that were marked one by one; of a box through many slices its middle, where `track` starts."""
    marked = {mask.k for mask in prompt.masks} | {p.ijk[2] for p in prompt.points if p.positive}
    marked |= {box.min_ijk[2] for box in prompt.boxes if len(box.slices_k) == 1}
    middles = {
        (box.min_ijk[2] + box.max_ijk[2]) // 2
        for box in prompt.boxes
        if len(box.slices_k) > 1 and not marked.intersection(box.slices_k)
    }
    return marked | middles
