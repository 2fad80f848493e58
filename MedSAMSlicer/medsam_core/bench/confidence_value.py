"""What a confidence is worth: whether it ranks slices as their true Dice does, and finds the worst."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from medsam_core.bench.propagation_run import Row

FEWEST = 5  # slices of an object, or a rank means nothing
WORST_SHARE = 0.1


@dataclass(frozen=True)
class ConfidenceValue:
    """Figures over objects.

    Attributes:
        objects, slices: how many were counted.
        within: mean rank correlation (Spearman) of confidence with Dice inside an object.
        pooled: rank correlation over all slices of all objects.
        named: how often the slice of least confidence is among the worst tenth of its object's by Dice.
        chance: how often a slice drawn at random would be.
    """

    objects: int
    slices: int
    within: float
    pooled: float
    named: float
    chance: float


def confidence_value(rows: Sequence[Row]) -> ConfidenceValue:
    """Measure the confidences of runs."""
    counted = [row for row in rows if len(row.slice_dsc) >= FEWEST]
    ranks = [rank for row in counted if not math.isnan(rank := _rank(row.confidence, row.slice_dsc))]
    hits = [_hit(row) for row in counted]
    confidence = [c for row in counted for c in row.confidence]
    overlaps = [d for row in counted for d in row.slice_dsc]
    return ConfidenceValue(
        len(counted),
        len(overlaps),
        float(np.mean(ranks)) if ranks else math.nan,
        _rank(confidence, overlaps),
        float(np.mean([hit for hit, _ in hits])) if hits else math.nan,
        float(np.mean([chance for _, chance in hits])) if hits else math.nan,
    )


def _rank(one: Sequence[float], other: Sequence[float]) -> float:
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return math.nan
    return float(spearmanr(one, other).statistic)


def _hit(row: Row) -> tuple[bool, float]:
    """Whether the named slice is among the worst tenth (equals included), and the chance of that."""
    overlaps = np.array(row.slice_dsc)
    bound = np.sort(overlaps)[max(math.ceil(WORST_SHARE * len(overlaps)), 1) - 1]
    worst = overlaps <= bound
    return bool(worst[int(np.argmin(row.confidence))]), float(worst.mean())
