"""Segmentations and scenes as Slicer's own files."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segmentation_classes import register_segmentation_classes
from testkit.mrml_nodes import a_new_scene


def save_seg_nrrd(node: Any, path: Path) -> None:
    """Write a segmentation node as Slicer does."""
    from slicer import vtkMRMLSegmentationStorageNode

    storage = vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    assert storage.WriteData(node)


def load_seg_nrrd(scene: Any, path: Path) -> Any:
    """Read a segmentation node as Slicer does."""
    from slicer import vtkMRMLSegmentationStorageNode

    register_segmentation_classes(scene)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "loaded")
    storage = vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return node


def saved_and_loaded(writer: EditorWriter, folder: Path) -> Any:
    """A writer's scene, written as Slicer's bundle, unpacked and read into another."""
    scene = writer.node.GetScene()
    for node, name in ((writer.node, "segments.seg.nrrd"), (writer.volume_node, "CT.nrrd")):
        node.AddDefaultStorageNode()
        node.GetStorageNode().SetFileName(str(folder / name))
        assert node.GetStorageNode().WriteData(node)
    assert scene.WriteToMRB(str(folder / "scene.mrb"))
    with zipfile.ZipFile(folder / "scene.mrb") as bundle:
        bundle.extractall(folder / "bundle")
    (file,) = (folder / "bundle").rglob("*.mrml")
    loaded = a_new_scene()
    register_segmentation_classes(loaded)
    loaded.SetURL(str(file))
    loaded.SetRootDirectory(str(file.parent))
    assert loaded.Import()
    return loaded
