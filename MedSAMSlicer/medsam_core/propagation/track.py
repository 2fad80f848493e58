"""`track`: from the prompted slice both ways, each slice prompted by the box of the mask before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from medsam_core.prompts import SegmentPrompt
from medsam_core.propagation.between_masks import mask_between
from medsam_core.propagation.box_motion import BoxMotion
from medsam_core.propagation.confidence import FILLED, Evidence, judged_alone
from medsam_core.propagation.mask_parts import parts_near
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import BoxXYXY, SlicePrompt
from medsam_core.propagation.stopping import StoppingRules, Track
from medsam_core.propagation.strategy import Step
from medsam_core.propagation.track_plan import Start, TrackPlan, plan_track
from medsam_core.segmentation_result import StopRecord

_SAME = 0.6  # IoU: so near to the outline between its neighbours, a doubtful mask is kept after all

_REACH = 0.05  # of the box's side: an outline may be so wrong and the object still touch the slice before


class TrackPropagation:
    """Follows an object up and down from each prompted slice until it ends.

    Each 3D box is a start, at its middle slice, and bounds the run from there; so are one-slice boxes, drawn
    masks and positive clicks (inside a 3D box they take the place of its middle). Neighbouring runs meet
    halfway. Slices that the model misses inside the object are filled from their neighbours.

    Args:
        rules: when to doubt a slice and when to stop.
        use_logits: hand the mask of the slice before to the model, too, not only its box.
    """

    name = "track"

    def __init__(self, rules: StoppingRules | None = None, use_logits: bool = False) -> None:
        self.rules = rules or StoppingRules()
        self.use_logits = use_logits

    def run(self, segment: SegmentPrompt, slices: SlicePredictor) -> Iterator[Step]:
        """Yield the prompted slices first, then the rest, nearest first."""
        plan = plan_track(segment, slices.count)
        starts = [(judged_alone(slices.union(s.index, s.prompts)), s) for s in plan.starts]
        yield from (mask for mask, _ in starts)
        yield from _in_turn(
            [self._follow(mask, step, start, plan, slices) for mask, start in starts for step in (+1, -1)]
        )

    def expected_slices(self, segment: SegmentPrompt, count: int) -> int:
        """As many slices as the runs may reach together."""
        return sum(start.last - start.first + 1 for start in plan_track(segment, count).starts)

    def _follow(
        self, start: SliceMask, step: int, run: Start, plan: TrackPlan, slices: SlicePredictor
    ) -> Iterator[Step]:
        direction, last, ending = ("up", run.last, run.above) if step > 0 else ("down", run.first, run.below)
        if not start.area:
            yield StopRecord(direction, start.index, "the prompted slice gave no mask")
            return
        walk = _Walk(start, run, plan, slices, self)
        for index in range(start.index + step, last + step, step):
            yield from walk.visit(index)
            if abs(index - walk.last.index) > self.rules.patience:
                yield StopRecord(direction, walk.last.index, walk.doubt)
                return
        if walk.doubtful and ending:
            ending = f"the slices from here to where {ending} were too unsure to keep"
        if ending:
            yield StopRecord(direction, walk.last.index, ending)


class _Walk:
    """One run from a start in one direction."""

    def __init__(
        self,
        start: SliceMask,
        run: Start,
        plan: TrackPlan,
        slices: SlicePredictor,
        strategy: TrackPropagation,
    ) -> None:
        self.doubtful: dict[int, SliceMask | None] = {}
        self.doubt = ""
        self._slices, self._plan, self._use_logits = slices, plan, strategy.use_logits
        bounded = run.box_xyxy is not None
        self._track = Track(start, slices.stack.image(start.index), strategy.rules, bounded)
        self._motion = BoxMotion(start, slices.shape_yx, run.box_xyxy)

    @property
    def last(self) -> SliceMask:
        """The last slice that was trusted."""
        return self._track.last

    def visit(self, index: int) -> Iterator[SliceMask]:
        """Look at the next slice; give it, and those doubted before it, if it can be trusted."""
        mask, evidence = self._look(index)
        self.doubt = "the mask left the 3D box"
        if mask is not None and evidence is not None:
            self.doubt = self._track.doubt(mask, evidence) or ""
            mask = replace(mask, confidence=evidence.confidence * self._track.trust_after(evidence))
        if mask is None or evidence is None or self.doubt:
            self.doubtful[index] = mask
            return
        yield from self._filled(mask)
        self.doubtful = {}
        self._motion.accept(mask)
        self._track.accept(mask, self._slices.stack.image(index), evidence)
        yield mask

    def _look(self, index: int) -> tuple[SliceMask | None, Evidence | None]:
        box = self._motion.next_box(index)
        if box is None:
            return None, None
        mask = self._ask(index, box)
        if not mask.area:
            mask = self._look_around(index, box, mask)
        moved = self._motion.second_look(box, mask)
        if moved is not None:
            mask = self._closer(index, mask, moved)
        return mask, self._track.evidence(mask, self._slices.stack.image(index))

    def _look_around(self, index: int, box: BoxXYXY, nothing: SliceMask) -> SliceMask:
        """A model that says that nothing is in the box may find the object beside it."""
        found = self._ask(index, self._motion.wider(box))
        closer = self._motion.close_box(found)
        return nothing if closer is None else self._ask(index, closer)

    def _closer(self, index: int, mask: SliceMask, moved: BoxXYXY) -> SliceMask:
        """The answer to the moved box, once closed around it, unless the model likes it less."""
        box = self._motion.close_box(self._ask(index, moved))
        second = mask if box is None else self._ask(index, box)
        return second if second.area > mask.area and second.confidence >= mask.confidence else mask

    def _ask(self, index: int, box: BoxXYXY) -> SliceMask:
        logits = self.last.logits if self._use_logits else None
        prompt = SlicePrompt(box, self._plan.refused.get(index, ()), logits=logits)
        (mask,) = self._slices.masks(index, [prompt])
        reach = 1 + int(_REACH * max(box[2] - box[0], box[3] - box[1]))
        expected = self._motion.expected_yx(index)
        return replace(mask, mask_yx=parts_near(mask.mask_yx, expected, reach))

    def _filled(self, mask: SliceMask) -> Iterator[SliceMask]:
        for index, doubtful in self.doubtful.items():
            between = mask_between(self.last, mask, index, FILLED)
            yield doubtful if doubtful is not None and _iou(doubtful, between) >= _SAME else between


def _iou(one: SliceMask, other: SliceMask) -> float:
    union = np.count_nonzero(one.mask_yx | other.mask_yx)
    return np.count_nonzero(one.mask_yx & other.mask_yx) / union if union else 1.0


def _in_turn(runs: list[Iterator[Step]]) -> Iterator[Step]:
    """One step of each run after the other, until all have ended."""
    while runs:
        for run in list(runs):
            step = next(run, None)
            if step is None:
                runs.remove(run)
            else:
                yield step
