"""One history for each segmentation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from medsam_core.errors import OutputError
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segmentation_node import make_segmentation_node
from medsam_core.mrml.writers import Writers
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on
from testkit.segments import edit


@pytest.fixture
def a_scene_with_volume() -> tuple[Any, Any]:
    scene = a_new_scene()
    return scene, add_volume_on(scene, an_oblique_geometry(), "CT")


def test_a_segmentation_has_one_writer_also_on_another_volume(a_scene_with_volume: tuple[Any, Any]) -> None:
    scene, volume = a_scene_with_volume
    node = make_segmentation_node(scene, volume)
    writers = Writers(scene)
    writer = writers.of(node)
    assert writer.volume_node is volume
    writer.write([edit(writer.add_segment("liver"), np.ones((1, 1, 1), bool))])
    other = add_volume_on(scene, an_oblique_geometry(), "MR")
    assert writers.of(node, other) is writer
    assert writer.volume_node is other
    assert writer.editor_node.GetSourceVolumeNode() is other
    assert writers.of(node) is writer
    assert writer.volume_node is other
    assert writer.undo()


def test_a_writer_made_elsewhere_is_taken_over(a_scene_with_volume: tuple[Any, Any]) -> None:
    scene, volume = a_scene_with_volume
    writer = EditorWriter(scene, make_segmentation_node(scene, volume), volume)
    writers = Writers(scene)
    writers.adopt(writer)
    assert writers.of(writer.node) is writer


def test_a_node_that_left_the_scene_is_forgotten(a_scene_with_volume: tuple[Any, Any]) -> None:
    scene, volume = a_scene_with_volume
    writers = Writers(scene)
    first = writers.of(make_segmentation_node(scene, volume))
    scene.RemoveNode(first.node)
    second = writers.of(make_segmentation_node(scene, volume))
    assert second is not first
    assert second.node is not first.node
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentEditorNode") == 1


def test_without_a_volume_there_is_no_writer(a_scene_with_volume: tuple[Any, Any]) -> None:
    scene, _ = a_scene_with_volume
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "lonely")
    with pytest.raises(OutputError, match="segmentation 'lonely': has no source volume"):
        Writers(scene).of(node)
