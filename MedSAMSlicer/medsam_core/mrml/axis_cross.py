"""The axes of an object, drawn as lines on one slice."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

# Two lines count as the axes of one object if they come as near as this, in pixels: a short axis drawn up to
# the long one, not across it, still belongs to it.
_NEAR_PIXELS = 1.0

# Short axis of an object of which the long one alone is drawn. A choice: the bounding box of an ellipse is
# between that of the line (no box at all if it runs along the rows) and a square; lesions measured by two
# axes have most often a ratio between a half and one.
SHORT_TO_LONG = 0.75


@dataclass(frozen=True, eq=False)
class DrawnAxis:
    """A line on a slice.

    Attributes:
        subject: what to call it in an error.
        k: the slice.
        ends_xy: (2, 2) its two ends in pixels.
    """

    subject: str
    k: int
    ends_xy: np.ndarray = field(repr=False)

    def meets(self, other: DrawnAxis) -> bool:
        """Whether two lines of one slice cross, or come within a pixel of each other."""
        if self.k != other.k:
            return False
        if _cross(self.ends_xy, other.ends_xy):
            return True
        gaps = [_gap(p, other.ends_xy) for p in self.ends_xy] + [_gap(p, self.ends_xy) for p in other.ends_xy]
        return min(gaps) <= _NEAR_PIXELS


def axis_groups(axes: list[DrawnAxis]) -> list[list[DrawnAxis]]:
    """Sort lines into objects: those that meet, directly or through others, are axes of one."""
    groups: list[list[DrawnAxis]] = []
    for axis in axes:
        mine = [group for group in groups if any(axis.meets(other) for other in group)]
        groups = [group for group in groups if group not in mine]
        groups.append([*(other for group in mine for other in group), axis])
    return groups


def bounds_of_group(group: list[DrawnAxis], pixel_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest (x, y) of an object.

    Several axes: of their ends. A single one: of the ellipse with this long axis and a short axis of
    three quarters of it, at right angles in mm.

    Args:
        group: axes of one object.
        pixel_mm: (3, 2); the columns lead from a pixel to the next along x and along y, in mm.
    """
    if len(group) > 1:
        ends = np.concatenate([axis.ends_xy for axis in group])
        return ends.min(axis=0), ends.max(axis=0)
    start, end = group[0].ends_xy
    long = (end - start) / 2
    reach = np.hypot(long, _short_axis(long, pixel_mm))
    return (start + end) / 2 - reach, (start + end) / 2 + reach


def _short_axis(long_xy: np.ndarray, pixel_mm: np.ndarray) -> np.ndarray:
    """The short half axis in pixels, at right angles to the long one in mm."""
    metric = pixel_mm.T @ pixel_mm
    slope = metric @ long_xy
    across = np.array([-slope[1], slope[0]])
    length, across_length = np.sqrt(long_xy @ slope), np.sqrt(across @ metric @ across)
    return SHORT_TO_LONG * length / across_length * across


def _cross(one: np.ndarray, other: np.ndarray) -> bool:
    sides = [_side(one, p) for p in other], [_side(other, p) for p in one]
    return all(a * b < 0 for a, b in sides)


def _side(line: np.ndarray, point: np.ndarray) -> float:
    (dx, dy), (px, py) = line[1] - line[0], point - line[0]
    return float(dx * py - dy * px)


def _gap(point: np.ndarray, line: np.ndarray) -> float:
    along = line[1] - line[0]
    share = np.clip((point - line[0]) @ along / (along @ along), 0.0, 1.0)
    return float(np.linalg.norm(point - line[0] - share * along))
