"""The placed points of a markups node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import PromptError
from medsam_core.mrml.node_names import subject_of

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsNode


@dataclass(frozen=True)
class ControlPoint:
    """A point that a user placed.

    Attributes:
        subject: what to call it in an error.
        label, description: as shown in Slicer's Markups module.
        ras_mm: place in world RAS, through all transforms, linear or not (a point has no shape to bend).
    """

    subject: str
    label: str
    description: str
    ras_mm: tuple[float, float, float]


def placed_points(node: vtkMRMLMarkupsNode) -> list[ControlPoint]:
    """The control points of a node that have been placed, in order; those being placed or missing are not.

    Raises:
        PromptError: a place that is no number.
    """
    count = node.GetNumberOfControlPoints()
    placed = (n for n in range(count) if node.GetNthControlPointPositionStatus(n) == node.PositionDefined)
    return [_point(node, n) for n in placed]


def _point(node: vtkMRMLMarkupsNode, n: int) -> ControlPoint:
    label = node.GetNthControlPointLabel(n) or ""
    subject = f"point '{label[:60] or n + 1}' of {subject_of(node, 'markups')}"
    place = [0.0, 0.0, 0.0]
    node.GetNthControlPointPositionWorld(n, place)
    if not np.all(np.isfinite(place)):
        raise PromptError(subject, "has a place that is no number", "place it again")
    r, a, s = place
    return ControlPoint(subject, label, node.GetNthControlPointDescription(n) or "", (r, a, s))
