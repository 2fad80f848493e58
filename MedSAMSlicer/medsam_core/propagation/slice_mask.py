"""What a propagation yields: one mask per slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class SliceMask:
    """The mask of one segment on one slice.

    Attributes:
        index: slice number, counted along the first array axis.
        mask_yx: (y, x) bool.
        probability_yx: (y, x) float32 in 0..1.
        confidence: 0..1, how sure the model is of this slice (`slice_predictor.SlicePredictor`).
        box_xyxy: the box that prompted it, inclusive pixel corners, or None for clicks alone.
        drawn: whether a person drew it, so that no model may change it.
        logits: (1, h, w) float32 at low resolution, to prompt a neighbouring slice with; None if drawn.
    """

    index: int
    mask_yx: np.ndarray
    probability_yx: np.ndarray
    confidence: float
    box_xyxy: tuple[float, float, float, float] | None = None
    drawn: bool = False
    logits: np.ndarray | None = None

    @property
    def area(self) -> int:
        """Number of pixels in the mask."""
        return int(np.count_nonzero(self.mask_yx))

    @property
    def field_yx(self) -> np.ndarray:
        """(y, x) float32: the probability, made to be 0.5 and more inside the mask and less outside."""
        probability = self.probability_yx
        return np.where(self.mask_yx, np.maximum(probability, 0.5), np.minimum(probability, 0.4999))

    def box_of_mask(self) -> tuple[int, int, int, int] | None:
        """Inclusive corners (x0, y0, x1, y1) of the mask's bounding box; None when it is empty."""
        rows, columns = np.any(self.mask_yx, axis=1).nonzero()[0], np.any(self.mask_yx, axis=0).nonzero()[0]
        if not rows.size:
            return None
        return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])
