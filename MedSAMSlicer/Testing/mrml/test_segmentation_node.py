"""Segmentation nodes: made for a volume, filled with a result, read back, saved and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.errors import OutputError, VolumeError
from medsam_core.geometry import Geometry
from medsam_core.intensity import IntensityWindow
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segment_tags import tag_of
from medsam_core.mrml.segmentation_node import (
    find_segmentation_node,
    labels_of,
    make_segmentation_node,
    put_result,
)
from medsam_core.mrml.volume_node import geometry_of, volume_of
from medsam_core.segment_colours import palette_colour
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord
from medsam_core.segmentation_writer import write_segmentation
from testkit.geometries import a_sheared_geometry, geometries
from testkit.mrml_nodes import (
    a_new_scene,
    a_sheared_matrix,
    add_bending_transform,
    add_transform,
    add_volume_on,
    put_under,
)
from testkit.scene_files import load_seg_nrrd, saved_and_loaded
from testkit.segments import edit, labelmaps_of, masks_of

LAWS = settings(max_examples=30, deadline=None)
NAMES = {1: "liver", 2: "left kidney", 5: "tumour"}


def a_result(geometry: Geometry, seed: int = 0) -> SegmentationResult:
    """Random labels 0, 1, 2 and 5."""
    labels = np.random.default_rng(seed).choice(np.array([0, 1, 2, 5], np.uint8), geometry.shape_kji)
    records = tuple(
        SegmentRecord(label, name, int(np.count_nonzero(labels == label)), 1.0, {})
        for label, name in NAMES.items()
    )
    return SegmentationResult(labels, geometry, records, IntensityWindow("none", 0, 255, 0, 255))


def a_writer(geometry: Geometry, transform: bool = False) -> EditorWriter:
    scene = a_new_scene()
    volume = add_volume_on(scene, geometry, "CT")
    if transform:
        put_under(volume, add_transform(scene, a_sheared_matrix()))
    return EditorWriter(scene, make_segmentation_node(scene, volume), volume)


@LAWS
@given(geometries(sheared=True), st.booleans(), st.integers(0, 99))
def test_a_result_comes_back_from_its_node_as_it_went_in(
    geometry: Geometry, transform: bool, seed: int
) -> None:
    writer = a_writer(geometry, transform)
    result = a_result(geometry_of(writer.volume_node), seed)
    ids = put_result(writer, result)
    found = labels_of(writer.node, writer.volume_node)
    assert np.array_equal(found.labels_kji, np.searchsorted([0, 1, 2, 5], result.labels_kji))
    assert found.geometry.agrees_with(result.geometry)
    assert list(found.segment_names.values()) == list(NAMES.values())
    assert list(found.segment_ids.values()) == list(ids.values())
    for label, colour in zip(NAMES, found.segment_colours.values(), strict=True):
        assert np.allclose(colour, palette_colour(label))
    assert "Kidney" in tag_of(writer.node, ids[2], "TerminologyEntry")


def test_a_new_segmentation_lies_on_its_volumes_voxels_and_moves_with_it() -> None:
    writer = a_writer(a_sheared_geometry(), transform=True)
    put_result(writer, a_result(geometry_of(writer.volume_node)))
    node, volume = writer.node, writer.volume_node
    assert node.GetName() == "CT segmentation"
    assert node.GetTransformNodeID() == volume.GetTransformNodeID()
    assert node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()) is volume
    before = labels_of(node, volume).labels_kji
    put_under(volume.GetParentTransformNode(), add_transform(node.GetScene(), np.diag([1.0, 2, 3, 1])))
    assert np.array_equal(labels_of(node, volume).labels_kji, before)


def test_a_result_is_one_step_of_undo() -> None:
    writer = a_writer(a_sheared_geometry())
    result = a_result(writer_geometry(writer))
    put_result(writer, result, lambda label: {"note": f"number {label}"})
    assert [writer.tag(one.segment_id, "note") for one in writer.segments()] == [
        "number 1",
        "number 2",
        "number 5",
    ]
    assert writer.undo()
    assert writer.segments() == ()
    assert not writer.can_undo
    assert writer.redo()
    assert [one.name for one in writer.segments()] == list(NAMES.values())
    assert np.array_equal(
        labels_of(writer.node, writer.volume_node).labels_kji > 0, np.asarray(result.labels_kji) > 0
    )


def writer_geometry(writer: EditorWriter) -> Geometry:
    return geometry_of(writer.volume_node)


def test_the_segmentation_of_a_volume_is_found_again() -> None:
    scene = a_new_scene()
    first, second = (add_volume_on(scene, a_sheared_geometry(), name) for name in ("CT", "MR"))
    assert find_segmentation_node(scene, first) is None
    node = make_segmentation_node(scene, second, "my segments")
    assert node.GetName() == "my segments"
    assert find_segmentation_node(scene, first) is None
    assert find_segmentation_node(scene, second) is node


def test_where_segments_overlap_the_later_one_is_seen() -> None:
    writer = a_writer(a_sheared_geometry())
    shape = writer_geometry(writer).shape_kji
    writer.editor_node.SetOverwriteMode(writer.editor_node.OverwriteNone)
    for name in ("all", "all again"):
        writer.write([edit(writer.add_segment(name), np.ones(shape, bool))])
    assert np.all(labels_of(writer.node, writer.volume_node).labels_kji == 2)


def test_labels_of_a_node_can_be_written_as_a_file(tmp_path: Path) -> None:
    writer = a_writer(a_sheared_geometry())
    put_result(writer, a_result(writer_geometry(writer)))
    write_segmentation(labels_of(writer.node, writer.volume_node), tmp_path / "out.seg.nrrd")
    scene = a_new_scene()
    loaded = load_seg_nrrd(scene, tmp_path / "out.seg.nrrd")
    segmentation = loaded.GetSegmentation()
    assert [segmentation.GetNthSegment(n).GetName() for n in range(3)] == list(NAMES.values())
    shape = writer_geometry(writer).shape_kji
    saved = list(labelmaps_of(loaded, shape).values())
    assert np.array_equal(saved, list(masks_of(writer).values()))


def test_voxels_names_tags_and_protection_survive_a_scene_file(tmp_path: Path) -> None:
    writer = a_writer(a_sheared_geometry())
    ids = put_result(writer, a_result(writer_geometry(writer)), lambda label: {"note": f"eJx+/={label}"})
    writer.protect(ids[2])
    scene = saved_and_loaded(writer, tmp_path)
    node = scene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
    volume = scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    assert find_segmentation_node(scene, volume) is node
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentEditorNode") == 0
    again = EditorWriter(scene, node, volume)
    assert again.segments() == writer.segments()
    assert [one.protected for one in again.segments()] == [False, True, False]
    assert again.tag(ids[5], "note") == "eJx+/=5"
    assert numbered_voxels(node, volume) == numbered_voxels(writer.node, writer.volume_node)


def numbered_voxels(node: Any, volume: Any) -> list[set[int]]:
    """The values of the volume's voxels in each segment: Slicer turns a left-handed volume's slices around
    when it loads one, and its segments with them."""
    values, labels = volume_of(volume).array_kji, labels_of(node, volume).labels_kji
    return [set(values[labels == label].tolist()) for label in (1, 2, 3)]


def test_a_volume_that_cannot_be_segmented_gets_no_node() -> None:
    scene = a_new_scene()
    volume = add_volume_on(scene, a_sheared_geometry())
    put_under(volume, add_bending_transform(scene))
    with pytest.raises(VolumeError, match="not linear"):
        make_segmentation_node(scene, volume)
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


def test_a_protected_scene_takes_a_result_only_where_it_may() -> None:
    writer = a_writer(a_sheared_geometry())
    shape = writer_geometry(writer).shape_kji
    locked = writer.add_segment("locked")
    writer.write([edit(locked, np.ones((1, *shape[1:]), bool))])
    writer.protect(locked)
    before = writer.read(locked).mask_kji
    put_result(writer, a_result(writer_geometry(writer)))
    assert np.array_equal(writer.read(locked).mask_kji, before)
    assert not (labels_of(writer.node, writer.volume_node).labels_kji[0] > 1).any()


def test_a_result_that_does_not_fit_leaves_no_empty_segments() -> None:
    writer = a_writer(a_sheared_geometry())
    larger = a_result(Geometry((9, 9, 9), np.eye(4)))
    with pytest.raises(OutputError, match="reaches out of the volume"):
        put_result(writer, larger)
    assert writer.segments() == ()
