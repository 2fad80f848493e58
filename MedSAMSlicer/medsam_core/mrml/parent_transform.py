"""The transforms that a node lies under."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import MedSAMError, VolumeError
from medsam_core.mrml.matrices import filled_by
from medsam_core.mrml.node_names import subject_of

if TYPE_CHECKING:
    from slicer import vtkMRMLTransformableNode, vtkMRMLTransformNode

REMEDY = "harden the transform on it (Transforms or Data module), or take the node out of the transform"


def parents_of(node: vtkMRMLTransformableNode) -> Iterator[vtkMRMLTransformNode]:
    """The transform nodes above a node, the nearest first."""
    parent = node.GetParentTransformNode()
    while parent is not None:
        yield parent
        parent = parent.GetParentTransformNode()


def to_world(
    node: vtkMRMLTransformableNode, kind: str = "volume", error: type[MedSAMError] = VolumeError
) -> np.ndarray:
    """The (4, 4) matrix from a node's own RAS millimetres to the world's, through all of its parents.

    Args:
        node: a volume, segmentation or markups node.
        kind: what to call it in an error.
        error: the error to raise.

    Raises:
        VolumeError: (or `error`) one of the transforms is not linear; names it and says what to do.
    """
    bending = next((parent for parent in parents_of(node) if not parent.IsLinear()), None)
    if bending is not None:
        problem = f"lies under {subject_of(bending, 'the transform')}, which is not linear"
        raise error(subject_of(node, kind), problem, REMEDY)
    parent = node.GetParentTransformNode()
    return np.eye(4) if parent is None else filled_by(parent.GetMatrixTransformToWorld)


def parents_stamp(node: vtkMRMLTransformableNode) -> tuple[tuple[str, int], ...]:
    """A value that changes when the node is put elsewhere: by another parent, or by any parent's change."""
    return tuple((parent.GetID(), parent.GetTransformToParent().GetMTime()) for parent in parents_of(node))
