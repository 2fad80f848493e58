"""Whether a model knows how good it is: its score against the true IoU of the same mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medsam_training.evaluate.row import Row

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Masks with scores of one tenth.

    Attributes:
        low, high: of the score; the last bin holds 1 too.
        count: masks.
        score, iou: their means; None where there are none.
    """

    low: float
    high: float
    count: int
    score: float | None
    iou: float | None


@dataclass(frozen=True)
class Calibration:
    """The reliability curve of a variant.

    Attributes:
        error: expected calibration error: mean |mean score - mean IoU| over bins, each by its count.
        off_by: mean |score - IoU| over masks.
        bins: ten, evenly from 0 to 1.
        count: masks.
    """

    error: float
    off_by: float
    bins: tuple[Bin, ...]
    count: int


def calibration(rows: Sequence[Row]) -> Calibration | None:
    """Of slices' rows; None where no row has a score."""
    pairs = np.array([(row.score, row.iou) for row in rows if row.score is not None], np.float64)
    if not len(pairs):
        return None
    scores, ious = pairs.T
    places = np.clip((scores * BINS).astype(int), 0, BINS - 1)
    bins = tuple(_bin(place, scores[places == place], ious[places == place]) for place in range(BINS))
    error = sum(b.count * abs(b.score - b.iou) for b in bins if b.score is not None and b.iou is not None)
    return Calibration(float(error / len(pairs)), float(np.abs(scores - ious).mean()), bins, len(pairs))


def _bin(place: int, scores: np.ndarray, ious: np.ndarray) -> Bin:
    low, high = place / BINS, (place + 1) / BINS
    if not len(scores):
        return Bin(low, high, 0, None, None)
    return Bin(low, high, len(scores), float(scores.mean()), float(ious.mean()))
