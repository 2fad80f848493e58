"""What is chosen in the panel, kept in the scene and saved with it."""

from __future__ import annotations

from slicer import (
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLMarkupsROINode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
    vtkMRMLTransformNode,
)
from slicer.parameterNodeWrapper import parameterNodeWrapper


@parameterNodeWrapper
class PanelParameters:
    """The panel's state.

    Attributes:
        volume: the image.
        roi, points, negative: what is marked: a box, what belongs to the object, what does not.
        target: gets the segments; a new segmentation if it is None.
        protect: let no other segment lose a voxel.
        propagation: name of the strategy.
        model: a name of the catalog, or the name of a file; "" for whatever is in use. A path is not kept:
            scenes come from strangers, and their paths are followed by nobody.
        device, precision, intensity: as `load_model` and `choose_window` take them; "" likewise.
        journal: the segmentation whose prompts are replayed.
        transform: a registration from its world to the volume's.
    """

    volume: vtkMRMLScalarVolumeNode
    roi: vtkMRMLMarkupsROINode
    points: vtkMRMLMarkupsFiducialNode
    negative: vtkMRMLMarkupsFiducialNode
    target: vtkMRMLSegmentationNode
    protect: bool = True
    propagation: str = "roi"
    model: str = ""
    device: str = ""
    precision: str = ""
    intensity: str = ""
    journal: vtkMRMLSegmentationNode
    transform: vtkMRMLTransformNode
