"""When to stop carrying a mask to the next slice, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from medsam_core.propagation.slice_mask import SliceMask

_BINS = 16


@dataclass(frozen=True)
class StoppingRules:
    """Thresholds of the tests that each new slice must pass.

    Attributes:
        smallest_area: a mask of fewer pixels counts as nothing.
        smallest_share: so does one below this share of the largest area met so far.
        shrink, grow: the area may change from one slice to the next by these factors.
        confidence: share of the prompted slice's own confidence that a slice must keep.
        agreement: mean IoU that masks from slightly shifted boxes must have with each other.
        likeness: overlap (0..1) of the grey values in the mask with those met so far.
        patience: doubtful slices in a row that are passed over before the run ends.
    """

    smallest_area: int = 4
    smallest_share: float = 0.02
    shrink: float = 0.33
    grow: float = 2.5
    confidence: float = 0.6
    agreement: float = 0.55
    likeness: float = 0.35
    patience: int = 2


@dataclass(eq=False)
class Track:
    """What the slices accepted so far look like; the measure for the next one.

    Args:
        seed: the mask of the prompted slice.
        seed_image: that slice, uint8, (y, x) or (y, x, c).
    """

    seed: SliceMask
    seed_image: np.ndarray
    rules: StoppingRules = field(default_factory=StoppingRules)

    def __post_init__(self) -> None:
        self.last = self.seed
        self._largest = self.seed.area
        self._greys = _histogram(self.seed_image, self.seed.mask_yx)

    def accept(self, mask: SliceMask, image: np.ndarray) -> None:
        """Take a slice into the measure."""
        self.last = mask
        self._largest = max(self._largest, mask.area)
        self._greys = 0.7 * self._greys + 0.3 * _histogram(image, mask.mask_yx)

    def doubt(self, mask: SliceMask, image: np.ndarray, agreement: float) -> str | None:
        """Why `mask` should not be trusted, in plain words; None when it may be.

        Args:
            mask: the mask on the new slice.
            image: the new slice, as `seed_image`.
            agreement: mean IoU of the masks from shifted boxes with `mask`.
        """
        rules, area, before = self.rules, mask.area, max(self.last.area, 1)
        if area < max(rules.smallest_area, rules.smallest_share * self._largest):
            return "area fell to nothing"
        if area < rules.shrink * before and before > 4 * rules.smallest_area:
            return f"area fell to {area / before:.0%} of the slice before"
        if area > rules.grow * before and area > 8 * rules.smallest_area:
            return f"area grew to {area / before:.0%} of the slice before"
        if mask.confidence < rules.confidence * self.seed.confidence:
            return f"the model is unsure (confidence {mask.confidence:.2f})"
        if agreement < rules.agreement:
            return f"slightly different boxes give different masks (agreement {agreement:.2f})"
        likeness = _overlap(self._greys, _histogram(image, mask.mask_yx))
        if likeness < rules.likeness:
            return f"the grey values no longer match (overlap {likeness:.2f})"
        return None


def mean_iou(mask_yx: np.ndarray, others: list[np.ndarray]) -> float:
    """Mean intersection over union of `mask_yx` with each of `others`; 1 for two empty masks."""
    ious = []
    for other in others:
        union = np.count_nonzero(mask_yx | other)
        ious.append(np.count_nonzero(mask_yx & other) / union if union else 1.0)
    return float(np.mean(ious)) if ious else 1.0


def _histogram(image: np.ndarray, mask_yx: np.ndarray) -> np.ndarray:
    """Shares of grey levels inside the mask, lightly smoothed so that neighbouring bins count as alike."""
    grey = image if image.ndim == 2 else image.mean(axis=2)
    counts = np.bincount((grey[mask_yx].astype(np.int64) * _BINS) >> 8, minlength=_BINS).astype(np.float64)
    smooth = np.convolve(counts, (0.25, 0.5, 0.25), mode="same")
    total = smooth.sum()
    return smooth / total if total else smooth


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.minimum(a, b).sum())
