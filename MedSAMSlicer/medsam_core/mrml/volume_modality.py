"""How a volume node's image was made, where the scene says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slicer import vtkMRMLVolumeNode

# Slicer's DICOM import writes it to the volume's item in the subject hierarchy.
ATTRIBUTE = "DICOM.Modality"
# The unit of CT values in UCUM, as Slicer's DICOM import sets it.
_HOUNSFIELD = "[hnsf'U]"
# A DICOM code string.
_CODE = re.compile(r"[A-Z0-9_ ]{1,16}")


def modality_of(node: vtkMRMLVolumeNode) -> str | None:
    """DICOM's short name ("CT", "MR", ...), None if the scene does not say.

    Asked are, in this order: the node's item in the subject hierarchy, an attribute of the node itself, and
    the unit of its values (Hounsfield units mean CT). Nothing is added to the scene.
    """
    for said in (_in_hierarchy(node), node.GetAttribute(ATTRIBUTE) or ""):
        code = said.strip().upper()
        if _CODE.fullmatch(code):
            return code
    unit = node.GetVoxelValueUnits()
    return "CT" if unit is not None and unit.GetCodeValue() == _HOUNSFIELD else None


def _in_hierarchy(node: vtkMRMLVolumeNode) -> str:
    scene = node.GetScene()
    hierarchy = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode") if scene is not None else None
    if hierarchy is None:
        return ""
    item = hierarchy.GetItemByDataNode(node)
    return hierarchy.GetItemAttribute(item, ATTRIBUTE) if item else ""
