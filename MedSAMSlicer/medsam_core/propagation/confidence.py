"""How sure to be of a mask on a slice: one definition for all strategies.

The weights are a logistic regression of the true Dice on what can be seen without the truth, over 20 objects
(hippocampus MR, CT organs and vertebrae; training and validation cases, demo model). Rank correlation with
the true Dice within objects, by terms alone, when tracking / in a 3D box:

    the network's own score                         0.61 / 0.40
    how undecided its probabilities are             0.63 / 0.41
    grey values like those of the object so far     0.38 / 0.04
    grey values unlike those around the object      0.52 / 0.36
    overlap with the slice before                   0.34 / 0.27
    agreement of masks from shifted boxes           0.33 / 0.33

Agreement under shifted boxes costs a decoder call per box, adds nothing to the others, and did not tell
slices beyond the end of an object from slices of it (area under the curve 0.47): it is not used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from medsam_core.propagation.slice_mask import SliceMask

FILLED = 0.3
"""No more than this for a slice that was filled in from its neighbours."""

_TYPICAL = 0.75  # of likeness and overlap, where there is nothing to compare with
_USUAL_CONTRAST = 0.2


@dataclass(frozen=True)
class Evidence:
    """What speaks for a mask.

    Attributes:
        score: the model's own confidence, 0..1.
        undecided: sum of min(p, 1 - p) over the slice, in areas of the mask: 0 where every pixel is decided.
        likeness: overlap of its grey values with the object's, 0..1; None if unknown.
        contrast: how much more it looks like the object than like its surroundings, -1..1.
        overlap: IoU with the slice before, once moved onto it; None if unknown.
    """

    score: float
    undecided: float
    likeness: float | None = None
    contrast: float | None = None
    overlap: float | None = None

    @property
    def confidence(self) -> float:
        """0..1: the Dice to be expected."""
        likeness = _TYPICAL if self.likeness is None else self.likeness
        contrast = _USUAL_CONTRAST if self.contrast is None else self.contrast
        overlap = _TYPICAL if self.overlap is None else self.overlap
        model = 0.7 * self.score - 3.5 * self.undecided
        logit = -1.3 + model + 1.8 * likeness + 1.1 * contrast + 0.6 * overlap
        return float(1 / (1 + np.exp(-logit)))


def judged_alone(mask: SliceMask) -> SliceMask:
    """A mask with the model's own score, its confidence as far as the slice by itself tells."""
    if mask.drawn:
        return mask
    return replace(mask, confidence=Evidence(mask.confidence, undecided(mask)).confidence)


def undecided(mask: SliceMask) -> float:
    """How much of a mask hangs in the balance, in areas of the mask; 1 for an empty one, at most 1."""
    p = mask.probability_yx
    return min(float(np.minimum(p, 1 - p).sum()) / mask.area, 1.0) if mask.area else 1.0


def overlap_moved(mask: SliceMask, before: SliceMask) -> float:
    """IoU (0..1) of two masks once the middles of their boxes lie on each other, to the pixel."""
    box, other = mask.box_of_mask(), before.box_of_mask()
    if box is None or other is None:
        return 0.0
    one, two = (m.mask_yx[b[1] : b[3] + 1, b[0] : b[2] + 1] for m, b in ((mask, box), (before, other)))
    shape = np.maximum(one.shape, two.shape)
    one, two = _centred(one, shape), _centred(two, shape)
    return np.count_nonzero(one & two) / np.count_nonzero(one | two)


def _centred(crop: np.ndarray, shape: np.ndarray) -> np.ndarray:
    y0, x0 = (shape - crop.shape) // 2
    canvas = np.zeros(shape, bool)
    canvas[y0 : y0 + crop.shape[0], x0 : x0 + crop.shape[1]] = crop
    return canvas
