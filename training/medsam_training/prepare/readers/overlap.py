"""Segments that may overlap, in one label map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np


class LayeredLabels:
    """A label map that segments are laid on one after the other; the later one covers the earlier."""

    def __init__(self, shape_kji: tuple[int, int, int], largest: int) -> None:
        self.labels_kji = np.zeros(shape_kji, np.uint8 if largest <= 255 else np.uint16)
        self._covered: Counter[tuple[int, int]] = Counter()

    def add(self, number: int, k: int, mask_yx: np.ndarray) -> None:
        """Lay a segment's mask (y, x) onto slice k."""
        slice_yx = self.labels_kji[k]
        hidden = slice_yx[mask_yx]
        for other in np.unique(hidden[(hidden > 0) & (hidden != number)]).tolist():
            self._covered[(other, number)] += int(np.count_nonzero(hidden == other))
        slice_yx[mask_yx] = number

    def notes(self, names: Mapping[int, str]) -> tuple[str, ...]:
        """What was covered, in sentences."""
        return tuple(
            f"{voxels} voxels of {names.get(under, under)} lie under {names.get(over, over)}."
            for (under, over), voxels in sorted(self._covered.items())
        )
