"""A mask as its file holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from medsam_core.geometry import Geometry
from medsam_training.prepare.errors import CaseError

_LARGEST_LABEL = 65535


@dataclass(frozen=True, eq=False)
class Mask:
    """Labels on a grid.

    Attributes:
        labels_kji: uint8 or uint16 (k, j, i).
        geometry: its place; None for a picture, which has none.
        names: of the numbers, where the file gives them.
        may_be_part: the grid may be a part of the image's (segmentations are saved cropped).
        notes: what had to be decided.
    """

    labels_kji: np.ndarray
    geometry: Geometry | None
    names: dict[int, str] = field(default_factory=dict)
    may_be_part: bool = False
    notes: tuple[str, ...] = ()


def whole_labels(path: Path, values_kji: np.ndarray) -> np.ndarray:
    """Values as uint8, or uint16 where one needs it: exactly those of the file. A new array.

    Raises:
        CaseError: a value is no whole number from 0 to 65535.
    """
    low, high = _range(path, values_kji)
    if low < 0 or high > _LARGEST_LABEL:
        problem = f"holds values from {low:g} to {high:g}, labels go from 0 to {_LARGEST_LABEL}"
        raise CaseError(path, problem, "is it the image? give the mask")
    labels = np.empty(values_kji.shape, np.uint8 if high <= 255 else np.uint16)
    for k, slice_yx in enumerate(values_kji):
        labels[k] = slice_yx
        if slice_yx.dtype.kind == "f" and not np.array_equal(labels[k], slice_yx):
            raise CaseError(path, "holds values that are no whole numbers", "give labels, not probabilities")
    return labels


def _range(path: Path, values_kji: np.ndarray) -> tuple[float, float]:
    low, high = float(values_kji.min()), float(values_kji.max())
    if not np.isfinite([low, high]).all():
        raise CaseError(path, "holds values that are not finite", "give labels from 0 to 65535")
    return low, high
