"""Shapes between two anchors, by signed distance, and how far to believe them against the model.

A drawn mask says two things about the slices beside it: where the object is, and how wrong the model is
there. The first is carried as a shape, the second as a residual, both by signed distance. How far the shape
is believed against the model is no constant: each is weighed by its own error where the truth is known, by
the inverse of its square. The model's error is that on the drawn slices; the shape's is how badly one end
predicts the other, all of it halfway between two drawn slices, and growing with the distance from one.

Mean Dice of the slices between anchors every 3, 5 and 10 slices: 45 objects of CT and MR (hippocampus,
abdominal organs, tumours; each set counts alike), demo model, exact boxes:

    every                                   3      5     10
    boxes alone                          0.781  0.768  0.721
    drawn: shape alone                   0.901  0.860  0.765
    drawn: model and residual alone      0.877  0.850  0.772
    drawn: as here                       0.917  0.887  0.808

A single drawn slice among boxes takes the slices beside it from 0.757 to 0.829. Between anchors that are only
prompted, mixing in the shape between the model's own masks gained 0.002 at most, so the model's mask stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from medsam_core.metrics import dice
from medsam_core.propagation.anchor_plan import hull
from medsam_core.propagation.signed_distance import signed_distance, stretched
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_prompt import BoxXYXY
from medsam_core.propagation.span_end import SpanEnd

# Of the model's error on a drawn slice, this much is taken to be there on the next (0.5, 0.7 and 1 tried).
_SHARE_OF_RESIDUAL = 0.7
# A mask that has next to nothing in common with the shape between the anchors is another object's, or noise.
_LEAST_AGREEMENT = 0.1


@dataclass(frozen=True, eq=False)
class ShapeBlend:
    """What two anchors say about the slices between them.

    Attributes:
        low, high: numbers of the anchors' slices.
        window: (rows, columns) of the part of a slice that is looked at.
        shapes: slice number -> (y, x) signed distance of its mask inside the window, for ends that have one.
        boxes: slice number -> box around that mask, in the window's pixels.
        residuals: slice number -> signed distance of the drawn mask minus that of the model's.
        aligned: whether shapes are stretched from box to box on their way, or stay where they are.
        shape_error: 1 - Dice of one end's shape with the other's; 1 if there is only one.
        model_error: 1 - Dice of the model with the drawn masks; 0 if none is drawn.
        drawn: the ends that are drawn.
    """

    low: int
    high: int
    window: tuple[slice, slice]
    shapes: Mapping[int, np.ndarray]
    boxes: Mapping[int, BoxXYXY]
    residuals: Mapping[int, np.ndarray]
    aligned: bool
    shape_error: float
    model_error: float
    drawn: frozenset[int]

    @classmethod
    def between(cls, low: SpanEnd, high: SpanEnd) -> ShapeBlend:
        """Measure two ends."""
        ends = [e for e in (low, high) if e.answer.area]
        window = _window(ends)
        shapes = {e.index: signed_distance(e.answer.mask_yx[window]) for e in ends}
        boxes = {e.index: _shifted(e.answer.box_of_mask(), window) for e in ends}
        drawn = [e for e in ends if e.expected_yx is not None]
        errors = [1 - dice(e.answer.mask_yx, e.expected_yx) for e in drawn]
        residuals = {
            e.index: shapes[e.index] - signed_distance(e.expected_yx[window])
            for e in drawn
            if e.expected_yx[window].any()
        }
        aligned, shape_error = _alignment(list(shapes.values()), list(boxes.values()))
        return cls(
            low.index,
            high.index,
            window,
            shapes,
            boxes,
            residuals,
            aligned,
            shape_error,
            float(sum(errors) / len(errors)) if errors else 0.0,
            frozenset(e.index for e in drawn),
        )

    def applied(self, found: SliceMask) -> SliceMask:
        """The model's mask of a slice between, blended; its confidence says what it then rests on.

        As far as the mask rests on the model: the model's own confidence times its agreement (Dice) with the
        shape. As far as it rests on the shape: one minus the shape's expected error there, which grows with
        the distance from drawn slices, times the blend's agreement with it. Rank correlation with the true
        Dice, mean of 45 objects: 0.45 between prompted anchors, 0.61 between drawn ones, 0.57 if every other
        is drawn; of the model's confidence alone 0.42, 0.23 and 0.25. Between prompted anchors distance by
        itself adds nothing.

        A slice on which the model misses the object takes the shape: no hole stays between two anchors that
        show the object. Next to one that does not, the object may have ended, and the model is believed.
        """
        if not self.shapes:
            return found
        shape = _never_empty(self._between(found.index, list(self.shapes)))
        likely = shape > 0
        agreement = _agreement(found.mask_yx, likely, self.window)
        trust, error = self._trust(found.index)
        if agreement < _LEAST_AGREEMENT:
            if len(self.shapes) < 2:
                return found
            return self._pasted(found, shape, 0.5 * trust * (1 - error))
        confidence = (1 - trust) * found.confidence * agreement
        if not self.drawn:
            return replace(found, confidence=float(confidence))
        field = self._field(found, trust)
        confidence += trust * (1 - error) * dice(field > 0, likely)
        if np.array_equal(field > 0, found.mask_yx[self.window]):
            return replace(found, confidence=float(confidence))
        return self._pasted(found, field if (field > 0).any() else shape, confidence)

    def _field(self, found: SliceMask, trust: float) -> np.ndarray:
        """(y, x) signed distance inside the window, more than 0 inside the blended mask."""
        model = signed_distance(found.mask_yx[self.window])
        carried = _sum([self._weight(n, found.index) * r for n, r in self.residuals.items()])
        shape = self._between(found.index, sorted(self.drawn))
        return (1 - trust) * (model + _SHARE_OF_RESIDUAL * carried) + trust * shape

    def _trust(self, index: int) -> tuple[float, float]:
        """How far the shape is believed against the model, and its expected error, both 0..1."""
        weights = [self._weight(n, index) for n in sorted(self.drawn)]
        if not weights:
            return 0.0, 1.0
        far = 4 * weights[0] * weights[1] if len(weights) == 2 else 1 - weights[0]
        error = self.shape_error * far
        if not self.model_error:
            return 0.0, error
        believed = self.model_error**2 / (self.model_error**2 + error**2)
        return sum(weights) * believed, error

    def _weight(self, end: int, index: int) -> float:
        """1 on the slice of an end, 0 on the other end's."""
        return (self.high - index if end == self.low else index - self.low) / (self.high - self.low)

    def _between(self, index: int, ends: list[int]) -> np.ndarray:
        """(y, x) signed distance of the shape that the ends give together, each by its weight."""
        if len(ends) == 1:
            return self._moved(ends[0], index)
        return _sum([self._weight(n, index) * self._moved(n, index) for n in ends])

    def _moved(self, end: int, index: int) -> np.ndarray:
        if not self.aligned:
            return self.shapes[end]
        weights = {n: self._weight(n, index) for n in self.boxes}
        x0, y0, x1, y1 = (sum(weights[n] * box[c] for n, box in self.boxes.items()) for c in range(4))
        return stretched(self.shapes[end], self.boxes[end], (x0, y0, x1, y1))

    def _pasted(self, found: SliceMask, field: np.ndarray, confidence: float) -> SliceMask:
        """The model's mask with the window filled anew; so is the probability, a pixel's width soft."""
        mask, probability = found.mask_yx.copy(), found.probability_yx.astype(np.float32)
        mask[self.window] = field > 0
        probability[self.window] = 1 / (1 + np.exp(np.clip(-field, -30, 30)))
        return replace(
            found, mask_yx=mask, probability_yx=probability, confidence=float(confidence), logits=None
        )


def _alignment(shapes: list[np.ndarray], boxes: list[BoxXYXY]) -> tuple[bool, float]:
    """Whether stretching from box to box predicts one shape from the other better, and the error then."""
    if len(shapes) < 2:
        return False, 1.0
    (one, other), (box, other_box) = shapes, boxes
    there = dice(stretched(one, box, other_box) > 0, other > 0)
    back = dice(stretched(other, other_box, box) > 0, one > 0)
    as_they_are = dice(one > 0, other > 0)
    return bool((there + back) / 2 >= as_they_are), float(1 - max((there + back) / 2, as_they_are))


def _window(ends: list[SpanEnd]) -> tuple[slice, slice]:
    """Around all that the ends show, with a quarter of its size more on each side, but inside the slice."""
    if not ends:
        return slice(0, 0), slice(0, 0)
    boxes = [
        b for e in ends for b in (*e.boxes, e.answer.box_of_mask(), _box(e.expected_yx)) if b is not None
    ]
    height, width = ends[0].answer.mask_yx.shape
    x0, y0, x1, y1 = hull(boxes)
    more_x, more_y = 8 + (x1 - x0) / 4, 8 + (y1 - y0) / 4
    rows = slice(max(int(y0 - more_y), 0), min(int(y1 + more_y) + 1, height))
    return rows, slice(max(int(x0 - more_x), 0), min(int(x1 + more_x) + 1, width))


def _box(mask_yx: np.ndarray | None) -> BoxXYXY | None:
    if mask_yx is None:
        return None
    return SliceMask(0, mask_yx, mask_yx, 0.0).box_of_mask()


def _shifted(box_xyxy: BoxXYXY, window: tuple[slice, slice]) -> BoxXYXY:
    rows, columns = window
    x0, y0, x1, y1 = box_xyxy
    return (x0 - columns.start, y0 - rows.start, x1 - columns.start, y1 - rows.start)


def _never_empty(field: np.ndarray) -> np.ndarray:
    """Raised so far that there is a shape: halfway between two that lie apart there would be none."""
    return field if field.max() > 0 else field - field.max() + 1.0


def _agreement(mask_yx: np.ndarray, likely: np.ndarray, window: tuple[slice, slice]) -> float:
    common = np.count_nonzero(mask_yx[window] & likely)
    return 2 * common / (np.count_nonzero(mask_yx) + np.count_nonzero(likely))


def _sum(fields: list[np.ndarray]) -> np.ndarray | float:
    """The sum of none to two fields, the same in either order."""
    return fields[0] + fields[1] if len(fields) == 2 else fields[0] if fields else 0.0
