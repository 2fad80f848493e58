"""What an oracle does wrong, on purpose and always the same way: noise, misses, leaks, a doubtful score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

_REACH = 3.0  # standard deviations of the edge noise that stay inside the crop it is computed on


@dataclass(frozen=True)
class OracleFaults:
    """Rates of each fault; the defaults are none.

    Attributes:
        edge: how far the outline wanders, standard deviation as a share of the mask's radius (of
            other shapes than discs: of half their thickness).
        misses: share of the slices that are answered with nothing.
        leaks: share of the slices on which all of the box is answered.
        score: standard deviation of the error of the reported confidence.
        seed: the same faults for the same seed, slice and box.
        spared: slices that are neither missed nor leaked on.
    """

    edge: float = 0.0
    misses: float = 0.0
    leaks: float = 0.0
    score: float = 0.0
    seed: int = 0
    spared: tuple[int, ...] = ()

    def misses_on(self, index: int) -> bool:
        """Whether the slice is answered with nothing."""
        return self._draw(index) < self.misses

    def leaks_on(self, index: int) -> bool:
        """Whether the box is answered on this slice."""
        return self.misses <= self._draw(index) < self.misses + self.leaks

    def frayed(self, mask_yx: np.ndarray, index: int, box_key: int) -> np.ndarray:
        """The mask with an outline that wanders smoothly, by slice and a little by box.

        Args:
            mask_yx: (y, x) bool.
            index: the slice.
            box_key: tells boxes on it apart.
        """
        area = np.count_nonzero(mask_yx)
        if not area or not self.edge:
            return mask_yx
        where = _around(mask_yx, int(np.ceil(_REACH * self.edge * np.sqrt(area))) + 1)
        mask = mask_yx[where]
        inside = ndimage.distance_transform_edt(mask)
        radius = 3 * float(inside[mask].mean())  # of a disc; of other shapes half their thickness, about
        signed = inside - ndimage.distance_transform_edt(~mask) - np.where(mask, 0.5, -0.5)
        of_slice = self._field(mask.shape, radius, index)
        of_box = self._field(mask.shape, radius, index, box_key)
        frayed = np.zeros_like(mask_yx)
        frayed[where] = signed + self.edge * radius * (0.9 * of_slice + 0.45 * of_box) > 0
        return frayed

    def confidence(self, overlap: float, index: int, box_key: int) -> float:
        """A confidence that knows the overlap with the truth, more or less."""
        error = np.random.default_rng([self.seed, 2, index, box_key]).normal(0, 1) * self.score
        return float(np.clip(overlap + error, 0.02, 0.98))

    def _draw(self, index: int) -> float:
        if index in self.spared:
            return 1.0
        return float(np.random.default_rng([self.seed, 1, index]).random())

    def _field(self, shape_yx: tuple[int, int], radius: float, *key: int) -> np.ndarray:
        """Smooth noise of unit variance whose bumps are about half as wide as the mask."""
        noise = np.random.default_rng([self.seed, 3, *key]).normal(size=shape_yx)
        smooth = ndimage.gaussian_filter(noise, max(0.7, 0.25 * radius), mode="wrap")
        return smooth / max(float(smooth.std()), 1e-9)


def _around(mask_yx: np.ndarray, margin: int) -> tuple[slice, slice]:
    rows, columns = np.any(mask_yx, axis=1).nonzero()[0], np.any(mask_yx, axis=0).nonzero()[0]
    y0, x0 = max(int(rows[0]) - margin, 0), max(int(columns[0]) - margin, 0)
    return slice(y0, int(rows[-1]) + margin + 1), slice(x0, int(columns[-1]) + margin + 1)
