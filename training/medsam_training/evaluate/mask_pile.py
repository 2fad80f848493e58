"""The slices of one mask of a volume, each kept as small as it is."""

from __future__ import annotations

import numpy as np

Bounds = tuple[slice, slice, slice]


class MaskPile:
    """A volume's mask that is built slice by slice; what is empty takes no memory."""

    def __init__(self) -> None:
        self._parts: dict[int, list[tuple[int, int, np.ndarray]]] = {}

    def add(self, k: int, mask_yx: np.ndarray) -> None:
        """Add a mask (y, x) to slice k; several on one slice are joined."""
        rows, columns = np.flatnonzero(mask_yx.any(1)), np.flatnonzero(mask_yx.any(0))
        if len(rows):
            y, x = int(rows[0]), int(columns[0])
            part = mask_yx[y : rows[-1] + 1, x : columns[-1] + 1].copy()
            self._parts.setdefault(k, []).append((y, x, part))

    def __bool__(self) -> bool:
        return bool(self._parts)

    def within(self, bounds: Bounds) -> np.ndarray:
        """The bool array (k, j, i) inside of bounds that hold all of it."""
        array = np.zeros([part.stop - part.start for part in bounds], bool)
        k0, y0, x0 = (part.start for part in bounds)
        for k, parts in self._parts.items():
            for y, x, mask in parts:
                view = array[k - k0, y - y0 : y - y0 + mask.shape[0], x - x0 : x - x0 + mask.shape[1]]
                view |= mask
        return array


def joint_bounds(*piles: MaskPile) -> Bounds:
    """The smallest bounds (k, j, i) that hold all of some piles, one of which at least is not empty."""
    spans = [
        ((k, k + 1), (y, y + mask.shape[0]), (x, x + mask.shape[1]))
        for pile in piles
        for k, parts in pile._parts.items()
        for y, x, mask in parts
    ]
    axes = zip(*spans, strict=True)
    return tuple(slice(min(low for low, _ in axis), max(high for _, high in axis)) for axis in axes)  # type: ignore[return-value]
