"""VTK's 4 x 4 matrices as arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vtkmodules.vtkCommonMath import vtkMatrix4x4


def as_array(matrix: vtkMatrix4x4) -> np.ndarray:
    """A (4, 4) float64 copy of a VTK matrix."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def filled_by(fill: Callable[[vtkMatrix4x4], object]) -> np.ndarray:
    """The (4, 4) array of what a method such as ``node.GetIJKToRASMatrix`` writes into a VTK matrix."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    fill(matrix)
    return as_array(matrix)
