"""From rows to means with intervals: the patient is what varies, so the patient is what is drawn again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from medsam_training.evaluate.row import Row, Variant

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean, and where it would lie with other patients.

    Attributes:
        mean: over rows; each row counts once.
        low, high: ends of the bootstrap interval; None with fewer than two patients.
        rows, cases, patients: how many there were.
    """

    mean: float
    low: float | None
    high: float | None
    rows: int
    cases: int
    patients: int


@dataclass(frozen=True)
class SetSummary:
    """The figures of one variant on one set (or on one label or modality of it)."""

    dsc: Estimate
    nsd: Estimate
    hd95: Estimate


def of_variant(rows: Iterable[Row], variant: Variant) -> list[Row]:
    """The rows of one variant."""
    return [row for row in rows if row.variant == variant]


def summarise(rows: Sequence[Row]) -> SetSummary:
    """Mean DSC, NSD and HD95 of some rows, all of one variant."""
    return SetSummary(*(estimate(rows, name) for name in ("dsc", "nsd", "hd95")))


def estimate(rows: Sequence[Row], measure: str = "dsc", seed: int = 0) -> Estimate:
    """Mean of a measure with a percentile bootstrap interval, patients drawn with replacement.

    Several seeds, labels and slices of a patient stay together: they are not independent.

    Args:
        rows: at least one.
        measure: name of a field of `Row`.
        seed: of the bootstrap.
    """
    sums, counts = _by_patient(rows, measure)
    drawn = _drawn_means(sums, counts, np.random.default_rng(seed))
    return _estimate(float(sums.sum() / counts.sum()), drawn, rows, len(sums))


def mean_of_sets(
    rows: Sequence[Row], measure: str = "dsc", uncounted: Collection[str] = (), seed: int = 0
) -> Estimate | None:
    """Mean over sets of their means: each set once, however many cases it has; patients drawn within sets.

    A set of one patient cannot be drawn again: the interval takes its mean as it is.

    Args:
        rows: of one variant.
        measure: name of a field of `Row`.
        uncounted: sets to leave out.
        seed: of the bootstrap.

    Returns:
        The estimate, or None if no set is left.
    """
    rng = np.random.default_rng(seed)
    counted = [row for row in rows if row.set_name not in uncounted]
    means, drawn, patients = [], [], 0
    for name in sorted({row.set_name for row in counted}):
        sums, counts = _by_patient([row for row in counted if row.set_name == name], measure)
        means.append(sums.sum() / counts.sum())
        drawn.append(_drawn_means(sums, counts, rng))
        patients += len(sums)
    if not means:
        return None
    several = patients > len(means)
    return _estimate(float(np.mean(means)), np.mean(drawn, axis=0), counted, patients if several else 1)


def error_change(dsc: float, baseline: float) -> float | None:
    """How much smaller (negative) the error 1 - DSC is than a baseline's: -0.3 is 30 % below it."""
    return (1 - dsc) / (1 - baseline) - 1 if baseline < 1 else None


def patient_means(rows: Iterable[Row], measure: str = "dsc") -> dict[tuple[str, str], float]:
    """(set, patient) to the mean of the patient's rows."""
    values: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        values.setdefault((row.set_name, row.patient), []).append(getattr(row, measure))
    return {key: float(np.mean(found)) for key, found in values.items()}


def _by_patient(rows: Sequence[Row], measure: str) -> tuple[np.ndarray, np.ndarray]:
    """Sums and counts of each patient's rows."""
    places: dict[tuple[str, str], int] = {}
    where = [places.setdefault((row.set_name, row.patient), len(places)) for row in rows]
    values = np.array([getattr(row, measure) for row in rows], np.float64)
    return np.bincount(where, values), np.bincount(where).astype(np.float64)


def _drawn_means(sums: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.integers(0, len(sums), (RESAMPLES, len(sums)))
    return sums[drawn].sum(1) / counts[drawn].sum(1)


def _estimate(mean: float, drawn: np.ndarray, rows: Sequence[Row], patients: int) -> Estimate:
    cases = len({row.case_id for row in rows})
    known = len({(row.set_name, row.patient) for row in rows})
    if patients < 2:
        return Estimate(mean, None, None, len(rows), cases, known)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(mean, float(low), float(high), len(rows), cases, known)
