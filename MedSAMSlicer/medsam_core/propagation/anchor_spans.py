"""The slices between two neighbouring anchors: what the model is asked there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment

from medsam_core.propagation.anchor_plan import AnchorPlan, hull
from medsam_core.propagation.shape_blend import ShapeBlend
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import BoxXYXY, SlicePrompt, clip_box, pair_clicks
from medsam_core.propagation.span_end import SpanEnd


@dataclass(frozen=True, eq=False)
class Span:
    """Two neighbouring anchors and the slices between them, each made from these two alone.

    Attributes:
        low, high: its ends.
        plan: clicks and 3D boxes on the slices between.
    """

    low: SpanEnd
    high: SpanEnd
    plan: AnchorPlan

    @property
    def between(self) -> range:
        """The slices strictly between the ends."""
        return range(self.low.index + 1, self.high.index)

    @property
    def is_asked(self) -> bool:
        """Whether the model is asked between: not if the object is on neither end."""
        return bool(self.low.boxes or self.high.boxes)

    def mask(self, index: int, slices: SlicePredictor) -> SliceMask:
        """The mask of a slice between: the model's, blended with what drawn ends say.

        Inside a 3D box of which no slice is marked it is the model's own, as `roi` gives it. Between two
        slices where the object is not, it is not either, and no model is asked.
        """
        if not self.is_asked:
            nothing = np.zeros(slices.shape_yx, bool)
            return SliceMask(index, nothing, nothing.astype(np.float32), 1.0)
        of_solids = self.plan.prompts_of_solids(index)
        if of_solids and not self.low.anchor.marked and not self.high.anchor.marked:
            return slices.union(index, of_solids)
        return self._blend.applied(slices.union(index, self.prompts(index, slices.shape_yx)))

    def prompts(self, index: int, shape_yx: tuple[int, int]) -> list[SlicePrompt]:
        """Interpolated boxes inside the 3D boxes of the slice, with its clicks."""
        limits = self.plan.limits(index)
        boxes = boxes_between(self.low, self.high, index)
        if limits is not None:
            boxes = [clip_box(box, limits) or box for box in boxes]
        return pair_clicks([_a_pixel_wide(box, shape_yx) for box in boxes], self.plan.clicks(index))

    @cached_property
    def _blend(self) -> ShapeBlend:
        return ShapeBlend.between(self.low, self.high)


def boxes_between(low: SpanEnd, high: SpanEnd, index: int) -> list[BoxXYXY]:
    """The boxes on a slice from one end to the other, corner by corner in proportion.

    Equally many boxes on both ends are paired so that their corners move least; else one box around all of
    an end goes to one around all of the other. Next to an end where the object is not, the other end's boxes
    are kept (on real ends of objects, boxes shrinking to nothing gave lower Dice than boxes kept).
    """
    if not low.boxes or not high.boxes:
        return list(low.boxes or high.boxes)
    if len(low.boxes) == len(high.boxes):
        pairs = _paired(low.boxes, high.boxes)
    else:
        pairs = [(hull(low.boxes), hull(high.boxes))]
    up, down, length = index - low.index, high.index - index, high.index - low.index
    return [tuple((down * a + up * b) / length for a, b in zip(*pair, strict=True)) for pair in pairs]  # type: ignore[misc]


def _paired(some: tuple[BoxXYXY, ...], others: tuple[BoxXYXY, ...]) -> list[tuple[BoxXYXY, BoxXYXY]]:
    ways = np.abs(np.array(some)[:, None] - np.array(others)[None]).sum(axis=2)
    return [(some[a], others[b]) for a, b in zip(*linear_sum_assignment(ways), strict=True)]


def _a_pixel_wide(box_xyxy: BoxXYXY, shape_yx: tuple[int, int]) -> BoxXYXY:
    """A box of one row or column reaches to its pixels' edges: the model takes none without a size."""
    x0, y0, x1, y1 = box_xyxy
    (x0, x1), (y0, y1) = (
        (max(low - 0.5, 0.0), min(high + 0.5, size - 1.0)) if high - low < 1 else (low, high)
        for low, high, size in ((x0, x1, shape_yx[1]), (y0, y1, shape_yx[0]))
    )
    return (x0, y0, x1, y1)
