"""A segment's prompts sorted by slice: what the model is told on each one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, Point, SegmentPrompt

BoxXYXY = tuple[float, float, float, float]
Click = tuple[tuple[float, float], bool]
"""((x, y) in pixels, positive)"""


@dataclass(frozen=True)
class SlicePrompt:
    """One prompt on one slice: a box, clicks, or both; or a drawn mask, which is also the answer.

    Attributes:
        box_xyxy: inclusive pixel corners (x0, y0, x1, y1), or None.
        points_xy: clicks as ((x, y), positive) pairs, in pixels.
        mask: drawn by a person: taken as it is, the rest is not asked.
        logits: (1, h, w) low-resolution mask of a neighbouring slice for the model to start from, or None.
    """

    box_xyxy: BoxXYXY | None = None
    points_xy: tuple[Click, ...] = ()
    mask: MaskPrompt | None = None
    logits: np.ndarray | None = field(default=None, compare=False, repr=False)


def prompts_by_slice(segment: SegmentPrompt) -> dict[int, list[SlicePrompt]]:
    """Sort a segment's boxes and clicks by slice.

    Each box of a slice is one prompt. A positive click goes to the box that holds it (to none: it is a
    prompt of its own, together with the others that no box holds); a negative click goes to all. A slice
    with negative clicks alone is not prompted. On a slice with a drawn mask that mask is the only prompt.
    """
    boxes: dict[int, list[BoxXYXY]] = {}
    for box in segment.boxes:
        for k in box.slices_k:
            boxes.setdefault(k, []).append(_floats(box.box_xyxy))
    points: dict[int, list[Point]] = {}
    for point in segment.points:
        points.setdefault(point.ijk[2], []).append(point)
    pairs = {k: pair_clicks(boxes.get(k, []), points.get(k, [])) for k in sorted({*boxes, *points})}
    drawn = {mask.k: [SlicePrompt(mask=mask)] for mask in segment.masks}
    prompted = {k: prompts for k, prompts in pairs.items() if prompts} | drawn
    return dict(sorted(prompted.items()))


def middle_slice(box: Box) -> int:
    """The slice halfway through a 3D box."""
    return (box.min_ijk[2] + box.max_ijk[2]) // 2


def grow_box(box_xyxy: BoxXYXY, margin: float, shape_yx: tuple[int, int]) -> BoxXYXY:
    """Widen a box by `margin` pixels on each side, kept inside the slice."""
    x0, y0, x1, y1 = box_xyxy
    height, width = shape_yx
    return (
        float(max(x0 - margin, 0)),
        float(max(y0 - margin, 0)),
        float(min(x1 + margin, width - 1)),
        float(min(y1 + margin, height - 1)),
    )


def clip_box(box_xyxy: BoxXYXY, limits_xyxy: BoxXYXY) -> BoxXYXY | None:
    """The part of a box inside `limits_xyxy`; None where they do not meet."""
    low = np.maximum(box_xyxy[:2], limits_xyxy[:2])
    high = np.minimum(box_xyxy[2:], limits_xyxy[2:])
    if np.any(high < low):
        return None
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def pair_clicks(boxes: list[BoxXYXY], points: list[Point]) -> list[SlicePrompt]:
    """One prompt per box of a slice, with its clicks, as `prompts_by_slice` says; one for those outside."""
    clicks = [((float(p.ijk[0]), float(p.ijk[1])), p.positive) for p in points]
    negatives = tuple(c for c in clicks if not c[1])
    positives = [c for c in clicks if c[1]]
    homes = {c: next((n for n, box in enumerate(boxes) if _holds(box, c[0])), None) for c in positives}
    prompts = [
        SlicePrompt(box, (*(c for c in positives if homes[c] == n), *negatives))
        for n, box in enumerate(boxes)
    ]
    homeless = tuple(c for c in positives if homes[c] is None)
    if homeless:
        prompts.append(SlicePrompt(None, (*homeless, *negatives)))
    return prompts


def _floats(box_xyxy: tuple[int, int, int, int]) -> BoxXYXY:
    x0, y0, x1, y1 = box_xyxy
    return (float(x0), float(y0), float(x1), float(y1))


def _holds(box: BoxXYXY, xy: tuple[float, float]) -> bool:
    return box[0] <= xy[0] <= box[2] and box[1] <= xy[1] <= box[3]
