"""An anchor with its mask: one end of a span."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from medsam_core.propagation.anchor_plan import Anchor, hull
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import BoxXYXY, SlicePrompt

_MOST_PARTS = 8  # a mask of more is one object with specks, and takes one box


@dataclass(frozen=True, eq=False)
class SpanEnd:
    """What is known on the slice of an anchor.

    Attributes:
        anchor: the anchor.
        answer: its mask, drawn or from the model.
        boxes: what the slices beside it are prompted after, leftmost first: its own boxes, or those around
            the parts of its mask. None where the object is not.
        expected_yx: for a drawn mask, (y, x) bool, what the model makes of that slice with these boxes.
    """

    anchor: Anchor
    answer: SliceMask
    boxes: tuple[BoxXYXY, ...]
    expected_yx: np.ndarray | None = None

    @property
    def index(self) -> int:
        """The slice."""
        return self.anchor.index

    @property
    def is_void(self) -> bool:
        """Whether it is no anchor after all: clicks for which the model found nothing."""
        return not self.boxes and not self.anchor.is_absent

    @property
    def can_be_passed(self) -> bool:
        """Whether the object may go on beyond: not where a person or a 3D box ends it, nor without a mask."""
        return self.anchor.marked and bool(self.boxes and self.answer.area)


def end_of(anchor: Anchor, slices: SlicePredictor) -> SpanEnd:
    """Ask the model for the mask of an anchor.

    A box of the user's says that the object is there: if the model finds nothing, the ellipse in the box
    stands in, with no confidence. Clicks for which it finds nothing are no anchor: `SpanEnd.is_void`.
    """
    answer = slices.union(anchor.index, list(anchor.prompts))
    if anchor.is_drawn:
        return _drawn_end(anchor, answer, slices)
    if anchor.boxes:
        missed = anchor.marked and not answer.area
        return SpanEnd(anchor, _stand_in(anchor, slices) if missed else answer, anchor.boxes)
    return SpanEnd(anchor, answer, boxes_of_parts(answer.mask_yx))


def boxes_of_parts(mask_yx: np.ndarray) -> tuple[BoxXYXY, ...]:
    """Boxes around the parts of a mask that hang together, leftmost first; one around all of many."""
    labels, count = ndimage.label(mask_yx, structure=np.ones((3, 3)))
    if not count:
        return ()
    found = ndimage.find_objects(labels if count <= _MOST_PARTS else mask_yx.astype(np.uint8))
    return tuple(sorted((float(x.start), float(y.start), x.stop - 1.0, y.stop - 1.0) for y, x in found))


def _drawn_end(anchor: Anchor, answer: SliceMask, slices: SlicePredictor) -> SpanEnd:
    boxes = boxes_of_parts(answer.mask_yx)
    if not boxes:
        return SpanEnd(anchor, answer, ())
    expected = slices.union(anchor.index, [SlicePrompt(b) for b in boxes])
    return SpanEnd(anchor, answer, boxes, expected.mask_yx)


def _stand_in(anchor: Anchor, slices: SlicePredictor) -> SliceMask:
    mask = np.any([_ellipse(box, slices.shape_yx) for box in anchor.boxes], axis=0)
    return SliceMask(anchor.index, mask, mask * np.float32(0.5), 0.0, hull(anchor.boxes))


def _ellipse(box_xyxy: BoxXYXY, shape_yx: tuple[int, int]) -> np.ndarray:
    x0, y0, x1, y1 = box_xyxy
    y, x = np.ogrid[: shape_yx[0], : shape_yx[1]]
    across, down = (x1 - x0 + 1) / 2, (y1 - y0 + 1) / 2
    return ((x - (x0 + x1) / 2) / across) ** 2 + ((y - (y0 + y1) / 2) / down) ** 2 <= 1
