"""The range and percentiles of a volume's values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medsam_core.errors import IntensityError


@dataclass(frozen=True)
class ValueRange:
    """Lowest and highest finite value, and how many values are not finite."""

    low: float
    high: float
    nonfinite: int


def value_range(array: np.ndarray, subject: str = "volume") -> ValueRange:
    """The range of an array of any shape; slice by slice, to need little memory.

    Raises:
        IntensityError: no value is finite.
    """
    if array.dtype.kind != "f":
        return ValueRange(float(array.min()), float(array.max()), 0)
    low, high, nonfinite = np.inf, -np.inf, 0
    for part in array:
        finite = part[np.isfinite(part)]
        nonfinite += part.size - finite.size
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if low > high:
        raise IntensityError(subject, "holds no finite value", "give an image with finite numbers")
    return ValueRange(low, high, nonfinite)


def percentiles_above_zero(array: np.ndarray, percents: tuple[float, float]) -> tuple[float, float] | None:
    """Percentiles of the finite values above 0, or None if there are none.

    The same as ``numpy.percentile`` (linear between neighbours), but counted for 8 and 16 bits: no copy of
    the volume and no sorting.
    """
    if array.dtype.kind in "ui" and array.dtype.itemsize <= 2:
        return _counted(array, percents)
    chosen = [part[np.isfinite(part) & (part > 0)] for part in array]
    values = np.concatenate([part.reshape(-1) for part in chosen])
    if not values.size:
        return None
    low, high = np.percentile(values, percents).tolist()
    return low, high


def _counted(array: np.ndarray, percents: tuple[float, float]) -> tuple[float, float] | None:
    counts = np.zeros(np.iinfo(array.dtype).max + 1, dtype=np.int64)
    for part in array:
        counts += np.bincount(part[part > 0], minlength=counts.size)
    up_to = np.cumsum(counts)
    total = int(up_to[-1])
    if not total:
        return None
    places = np.asarray(percents) / 100 * (total - 1)
    below = np.floor(places).astype(np.int64)
    above = np.minimum(below + 1, total - 1)
    lower, upper = (np.searchsorted(up_to, place, side="right") for place in (below, above))
    low, high = (lower + (upper - lower) * (places - below)).tolist()
    return low, high
