"""What a bare scene lacks before segmentations can be edited in it; Slicer itself has it at startup."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slicer import vtkMRMLScene


def register_segmentation_classes(scene: vtkMRMLScene) -> None:
    """Let a scene make editor nodes, and segments be labelmaps and surfaces. Does nothing the second time.

    Without it Slicer's core makes segments that hold nothing, and says so on stderr only.
    """
    from slicer import vtkMRMLSegmentEditorNode, vtkSegmentationConverterFactory

    if not scene.IsNodeClassRegistered("vtkMRMLSegmentEditorNode"):
        scene.RegisterNodeClass(vtkMRMLSegmentEditorNode())
    factory = vtkSegmentationConverterFactory.GetInstance()
    if factory.ConstructRepresentationObjectByRepresentation("Binary labelmap") is not None:
        return
    for rule in _conversion_rules():
        factory.RegisterConverterRule(rule)


def _conversion_rules() -> list[object]:
    from slicer import (
        vtkBinaryLabelmapToClosedSurfaceConversionRule,
        vtkClosedSurfaceToBinaryLabelmapConversionRule,
        vtkClosedSurfaceToFractionalLabelmapConversionRule,
        vtkFractionalLabelmapToClosedSurfaceConversionRule,
    )

    return [
        vtkBinaryLabelmapToClosedSurfaceConversionRule(),
        vtkClosedSurfaceToBinaryLabelmapConversionRule(),
        vtkClosedSurfaceToFractionalLabelmapConversionRule(),
        vtkFractionalLabelmapToClosedSurfaceConversionRule(),
    ]
