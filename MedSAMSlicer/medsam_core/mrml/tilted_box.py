"""A box at any angle to the slices, cut by them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np

from medsam_core.mrml.pixel_range import EDGE_SLACK

# Corners of the unit box, and its twelve edges as pairs of them.
_CORNERS = np.array(list(product((-1.0, 1.0), repeat=3)))
_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if np.sum(_CORNERS[a] != _CORNERS[b]) == 1]

# A face that leans by less than this part of a voxel, from end to end, counts as lying along the voxels.
_UPRIGHT_VOXELS = 0.05


@dataclass(frozen=True, eq=False)
class TiltedBox:
    """A parallelepiped among voxels.

    Attributes:
        axes: (3, 3); the columns lead from the centre to the middle of three faces, in voxels.
        centre: (3,) in voxels.
    """

    axes: np.ndarray = field(repr=False)
    centre: np.ndarray

    @cached_property
    def corners(self) -> np.ndarray:
        """(8, 3) in voxels; a corner that lies on a slice but for rounding lies on it exactly."""
        corners = _CORNERS @ self.axes.T + self.centre
        whole = np.round(corners[:, 2])
        corners[:, 2] = np.where(np.abs(corners[:, 2] - whole) < EDGE_SLACK, whole, corners[:, 2])
        return corners

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest (3,) place along each axis."""
        return self.corners.min(axis=0), self.corners.max(axis=0)

    @property
    def is_upright(self) -> bool:
        """Whether its faces lie along the voxels' axes, whichever way round."""
        leaning = np.abs(self.axes)
        along = leaning.argmax(axis=0)
        leaning[along, (0, 1, 2)] = 0.0
        return len(set(along.tolist())) == 3 and bool(2 * leaning.max() < _UPRIGHT_VOXELS)

    def section(self, k: float, size_xy: tuple[int, int]) -> np.ndarray:
        """The cross-section with a slice inside of the image.

        Args:
            k: place of the slice's plane.
            size_xy: columns and rows of the image, whose pixels reach half a pixel beyond their centres.

        Returns:
            (m, 2) corners of the polygon in pixels (x, y); none if they do not meet.
        """
        polygon = _in_order(np.array(list(self._crossings(k))).reshape(-1, 2))
        for axis, size in enumerate(size_xy):
            polygon = _cut(polygon, axis, -0.5, above=True)
            polygon = _cut(polygon, axis, size - 0.5, above=False)
        return polygon

    def _crossings(self, k: float) -> Iterator[np.ndarray]:
        """Where the edges meet the plane, (2,) each."""
        for a, b in _EDGES:
            start, end = self.corners[a], self.corners[b]
            if start[2] == end[2] == k:
                yield start[:2]
                yield end[:2]
            elif min(start[2], end[2]) <= k <= max(start[2], end[2]) and start[2] != end[2]:
                yield start[:2] + (k - start[2]) / (end[2] - start[2]) * (end[:2] - start[:2])


def _in_order(points: np.ndarray) -> np.ndarray:
    """Points on the edge of a convex polygon, sorted around it."""
    if len(points) == 0:
        return points
    away = points - points.mean(axis=0)
    return points[np.argsort(np.arctan2(away[:, 1], away[:, 0]), kind="stable")]


def _cut(polygon: np.ndarray, axis: int, bound: float, *, above: bool) -> np.ndarray:
    """The part of a convex polygon on one side of a line x = bound or y = bound."""
    sign = 1.0 if above else -1.0
    inside = sign * (polygon[:, axis] - bound)
    kept = []
    for n in range(len(polygon)):
        here, there = inside[n - 1], inside[n]
        if (here < 0) != (there < 0):
            kept.append(polygon[n - 1] + here / (here - there) * (polygon[n] - polygon[n - 1]))
        if there >= 0:
            kept.append(polygon[n])
    return np.array(kept).reshape(-1, 2)
