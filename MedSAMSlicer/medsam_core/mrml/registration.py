"""A registration between two scans, as a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import OptionError
from medsam_core.mrml.matrices import filled_by
from medsam_core.mrml.node_names import subject_of

if TYPE_CHECKING:
    from slicer import vtkMRMLTransformNode


def registration_matrix(node: vtkMRMLTransformNode) -> np.ndarray:
    """The (4, 4) matrix from one scan's world RAS millimetres to another's.

    Args:
        node: the transform under which the first scan would lie on the second, as Slicer's registration
            modules give it for the moving volume; with its own parents.

    Raises:
        OptionError: it is not linear.
    """
    if not node.IsTransformToWorldLinear():
        remedy = "give a linear (rigid or affine) registration"
        raise OptionError(subject_of(node, "transform"), "is not linear", remedy)
    return filled_by(node.GetMatrixTransformToWorld)
