"""Where a slice is, in the words of a user who looks at a slider in millimetres."""

from __future__ import annotations

import math

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.slice_grid import SliceGrid

_ENDS = (("L", "R"), ("A", "P"), ("S", "I"))
_TO_LAS = np.array([-1.0, 1.0, 1.0])
_LEAST_TILT = math.sin(math.radians(1))


def slice_words(index: int, grid: SliceGrid, geometry: Geometry | None) -> str:
    """``S 42.5 mm (slice 17)``.

    The millimetres are those of the slider of a slice view in 3D Slicer: the distance of the slice's plane
    from the origin, positive to the patient's left, front or head. A tilted plane has the letters of all
    directions that it leans to, the nearest first. Slices are counted from 1, in the volume's own order.

    Args:
        index: of the slice.
        grid: the slices.
        geometry: of their volume; None for a picture, which lies nowhere: then slices are only counted.
    """
    number = f"slice {index + 1}"
    if geometry is None:
        return number
    letters, millimetres = _place(index, grid.geometry(geometry))
    return f"{letters} {millimetres:.1f} mm ({number})"


def _place(index: int, pile: Geometry) -> tuple[str, float]:
    normal = np.cross(pile.ijk_to_ras[:3, 0], pile.ijk_to_ras[:3, 1]) * _TO_LAS
    normal /= np.linalg.norm(normal)
    nearest_first = np.argsort(-np.abs(normal), kind="stable")
    normal *= np.sign(normal[nearest_first[0]])
    leans = [axis for axis in nearest_first if abs(normal[axis]) >= _LEAST_TILT]
    letters = "".join(_ENDS[axis][int(normal[axis] < 0)] for axis in leans)
    at = pile.from_ijk((0, 0, index), "ras") * _TO_LAS
    return letters, round(float(normal @ at), 1) + 0.0  # no negative zero
