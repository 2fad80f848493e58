"""What a bare scene lacks, given to it once."""

from __future__ import annotations

from medsam_core.mrml.segmentation_classes import register_segmentation_classes
from testkit.mrml_nodes import a_new_scene


def test_a_bare_scene_can_edit_segments_afterwards_and_asking_twice_changes_nothing() -> None:
    scene = a_new_scene()
    register_segmentation_classes(scene)
    register_segmentation_classes(scene)
    assert scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode") is not None
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode").GetSegmentation()
    segment = segmentation.GetSegment(segmentation.AddEmptySegment())
    assert segment.GetRepresentation("Binary labelmap") is not None


def test_ways_to_convert_do_not_multiply_with_the_scenes() -> None:
    assert _ways() == _ways() == 1


def _ways() -> int:
    """How many ways lead from voxels to surfaces."""
    from slicer import vtkSegmentationConversionPaths

    scene = a_new_scene()
    register_segmentation_classes(scene)
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode").GetSegmentation()
    segmentation.AddEmptySegment()
    paths = vtkSegmentationConversionPaths()
    segmentation.GetPossibleConversions("Closed surface", paths)
    return paths.GetNumberOfItems()
