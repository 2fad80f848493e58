"""`anchors`: marked slices here and there, and the slices between them made from their two neighbours."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from medsam_core.prompts import SegmentPrompt
from medsam_core.propagation.anchor_extension import extension
from medsam_core.propagation.anchor_plan import Anchor, AnchorPlan, plan_anchors
from medsam_core.propagation.anchor_spans import Span
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.span_end import SpanEnd, end_of
from medsam_core.propagation.strategy import Step
from medsam_core.segmentation_result import StopRecord

_ENCODE_TOGETHER = 8  # slices known beforehand are encoded in batches; a GPU wants them so


class AnchorsPropagation:
    """From the lowest anchor to the highest, each slice between two anchors made from these two alone.

    So a correction changes no slice beyond the neighbouring anchors, and those between are all that has to be
    made again.

    Args:
        around: make only what a mark on this slice may change: it and the slices strictly between the firm
            anchors on either side of it (`AnchorPlan.reach`), nearest first. Put in the place of the same
            slices of an earlier full run, they are what a full run would give. None for all.
        extend: track the object on beyond the outermost anchors, until it ends. In a full run only: around a
            slice nothing beyond the anchors is made.
    """

    name = "anchors"

    def __init__(self, around: int | None = None, extend: bool = False) -> None:
        self.around = around
        self.extend = extend

    def run(self, segment: SegmentPrompt, slices: SlicePredictor) -> Iterator[Step]:
        """Yield a mask per slice, each anchor before its span (around a slice: nearest first); then stops."""
        ends = _Ends(plan_anchors(segment), slices)
        if self.around is not None:
            yield from ends.around(self.around)
            return
        yield from ends.everything()
        for direction, end in ends.outermost():
            if self.extend and end.can_be_passed:
                yield from extension(end, direction, segment, slices)
            else:
                yield _stop(direction, end)

    def expected_slices(self, segment: SegmentPrompt, count: int) -> int:
        """From the lowest to the highest anchor; around a slice, between those on either side of it."""
        anchors = plan_anchors(segment).anchors
        if self.extend and self.around is None:
            return count
        if self.around is None:
            return anchors[-1].index - anchors[0].index + 1
        first, last = plan_anchors(segment).reach(self.around)
        return max(last - first - 1, 0)


class _Ends:
    """The anchors of one segment, asked of the model when they are needed."""

    def __init__(self, plan: AnchorPlan, slices: SlicePredictor) -> None:
        self._plan, self._slices = plan, slices
        self._known: dict[int, SpanEnd] = {}

    def everything(self) -> Iterator[SliceMask]:
        """Anchors, lowest first, each followed by the slices before it; void clicks beyond them come last."""
        lowest: SpanEnd | None = None
        low: SpanEnd | None = None
        void: dict[int, SpanEnd] = {}
        for anchor in self._plan.anchors:
            if low is not None:
                self._slices.prefetch([anchor.index, *range(low.index + 1, anchor.index)][:_ENCODE_TOGETHER])
            end = self._end(anchor)
            if end.is_void:
                void[end.index] = end
                continue
            yield end.answer  # before its span, so that no step takes more than one call of the encoder
            if low is not None:
                span = Span(low, end, self._plan)
                void = {k: v for k, v in void.items() if k not in span.between}
                yield from self._made([(k, span) for k in span.between])
                if low is not lowest:
                    del self._known[low.index]  # done with; a long object has many
            lowest, low = lowest or end, end
        yield from (end.answer for end in void.values())

    def outermost(self) -> Iterator[tuple[str, SpanEnd]]:
        """The lowest and the highest anchor, with the direction that leads out."""
        for direction, anchors in (("down", self._plan.anchors), ("up", self._plan.anchors[::-1])):
            yield direction, self._first(anchors) or self._end(anchors[0])

    def around(self, index: int) -> Iterator[Step]:
        """All that a mark on a slice may change, nearest first: see `AnchorPlan.reach`."""
        anchor = self._plan.at(index)
        here = self._end(anchor) if anchor is not None else None
        low, high = (self._near(side(index)) for side in (self._plan.below, self._plan.above))
        near = (*low[::-1], *([here] if here is not None else []), *high)
        spans = [Span(a, b, self._plan) for a, b in itertools.pairwise(e for e in near if not e.is_void)]
        made = [(k, span) for span in spans for k in span.between]
        of_spans = {k for k, _ in made}
        bounds = [end for side in (low, high) for end in side[-1:] if self._is_bound(end)]
        answers = [end for end in near if end not in bounds]
        for end in sorted(answers, key=lambda end: (abs(end.index - index), end.index)):
            if end.index not in of_spans:
                yield end.answer
        yield from self._made(sorted(made, key=lambda pair: (abs(pair[0] - index), pair[0])))
        stands = [end for end in near if not end.is_void]
        if here is not None and (not stands or not here.is_void):
            outer = (("down", here is (stands or [here])[0]), ("up", here is (stands or [here])[-1]))
            yield from (_stop(direction, here) for direction, is_outermost in outer if is_outermost)

    def _made(self, planned: list[tuple[int, Span]]) -> Iterator[SliceMask]:
        for place, (index, span) in enumerate(planned):
            if place % _ENCODE_TOGETHER == 0:
                chunk = planned[place : place + _ENCODE_TOGETHER]
                self._slices.prefetch([k for k, s in chunk if s.is_asked])
            yield span.mask(index, self._slices)

    def _near(self, anchors: Sequence[Anchor]) -> list[SpanEnd]:
        """Anchors up to the first beyond which nothing changes."""
        ends: list[SpanEnd] = []
        for end in map(self._end, anchors):
            ends.append(end)
            if self._is_bound(end):
                break
        return ends

    def _is_bound(self, end: SpanEnd) -> bool:
        """Whether a mark on one side of it changes nothing on the other."""
        return end.anchor.is_firm or not (self._plan.has_firm or end.is_void)

    def _first(self, anchors: Sequence[Anchor]) -> SpanEnd | None:
        """The first that is an anchor indeed."""
        return next((end for end in map(self._end, anchors) if not end.is_void), None)

    def _end(self, anchor: Anchor) -> SpanEnd:
        if anchor.index not in self._known:
            self._known[anchor.index] = end_of(anchor, self._slices)
        return self._known[anchor.index]


def _stop(direction: str, end: SpanEnd) -> StopRecord:
    return StopRecord(direction, end.index, _reason(end))


def _reason(end: SpanEnd) -> str:
    if end.is_void:
        return "the prompted slice gave no mask"
    if end.anchor.is_absent:
        return "the object is drawn as absent here"
    return "the last marked slice" if end.anchor.marked else "the 3D box ends"
