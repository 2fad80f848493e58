"""Segments on a volume's voxels, wherever volume and segmentation lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.errors import OutputError, VolumeError
from medsam_core.geometry import Geometry
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segment_reader import SegmentReader
from medsam_core.mrml.segmentation_classes import register_segmentation_classes
from medsam_core.mrml.volume_node import geometry_of
from medsam_core.prompts import Box
from testkit.geometries import an_oblique_geometry, geometries
from testkit.mrml_nodes import (
    a_new_scene,
    a_sheared_matrix,
    add_bending_transform,
    add_transform,
    add_volume_on,
    put_under,
)
from testkit.segments import edit, labelmaps_of, whole

LAWS = settings(max_examples=40, deadline=None)
PLACES = ("none", "volume", "segmentation", "both", "both, after the first write")


def a_writer(geometry: Geometry, place: str = "none", **transform: Any) -> EditorWriter:
    """A writer on a volume under a sheared transform or none, of a new segmentation likewise."""
    scene = a_new_scene()
    register_segmentation_classes(scene)
    volume = add_volume_on(scene, geometry)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segments")
    sheared = add_transform(scene, a_sheared_matrix(), **transform)
    if place in ("volume", "both"):
        put_under(volume, sheared)
    if place in ("segmentation", "both"):
        put_under(node, sheared)
    writer = EditorWriter(scene, node, volume, verbose=True)
    if place == "both, after the first write":
        writer.write([edit(writer.add_segment("first"), np.ones((1, 1, 1), bool))])
        put_under(volume, sheared)
        put_under(node, sheared)
    return writer


def a_mask(geometry: Geometry, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(geometry.shape_kji) > 0.5


@LAWS
@given(geometries(sheared=True), st.sampled_from(PLACES), st.integers(0, 99))
def test_a_transform_on_volume_segmentation_or_both_gives_the_same_voxels(
    geometry: Geometry, place: str, seed: int
) -> None:
    writer, mask = a_writer(geometry, place), a_mask(geometry, seed)
    own = writer.add_segment("liver")
    writer.write([edit(own, mask)])
    assert np.array_equal(writer.read(own, whole(writer)).mask_kji, mask)
    assert np.array_equal(labelmaps_of(writer.node, geometry.shape_kji)[own], mask)  # copied, not resampled


@LAWS
@given(geometries(sheared=True, largest=5), st.sampled_from(("volume", "segmentation")), st.integers(0, 99))
def test_a_transform_that_comes_later_puts_a_segment_where_the_world_says(
    geometry: Geometry, place: str, seed: int
) -> None:
    writer, mask = a_writer(geometry), a_mask(geometry, seed)
    own = writer.add_segment("liver")
    writer.write([edit(own, mask)])
    moved = np.eye(4)
    moved[:3, 3] = geometry.ijk_to_ras[:3, :3] @ [1, 0, -1]  # by whole voxels
    nodes = {"volume": writer.volume_node, "segmentation": writer.node}
    put_under(nodes[place], add_transform(writer.node.GetScene(), moved))
    shift = np.array([-1, 0, 1]) if place == "volume" else np.array([1, 0, -1])
    back = writer.read(own, whole(writer)).mask_kji
    for kji in np.ndindex(geometry.shape_kji):
        source = np.add(kji, shift)
        there = np.all((source >= 0) & (source < geometry.shape_kji))
        assert back[kji] == (bool(mask[tuple(source)]) if there else False)


@LAWS
@given(st.integers(0, 99), st.sampled_from(("add", "replace", "erase")), st.sampled_from(PLACES[:4]))
def test_on_a_finer_grid_an_edit_writes_the_finer_voxels_and_no_others(
    seed: int, mode: str, place: str
) -> None:
    geometry = an_oblique_geometry()
    writer = a_writer(geometry, place)
    own = a_segment_on_finer_voxels(writer, geometry, seed)
    before = labelmaps_of(writer.node, finer(geometry).shape_kji)[own]
    patch = np.random.default_rng(seed + 1).random((2, 3, 2)) > 0.5
    writer.write([edit(own, patch, mode, (1, 1, 2))])
    after = labelmaps_of(writer.node, finer(geometry).shape_kji)[own]
    block = tuple(slice(3 * s, 3 * (s + n)) for s, n in zip((1, 1, 2), patch.shape, strict=True))
    grown = patch.repeat(3, 0).repeat(3, 1).repeat(3, 2)
    expected = before.copy()
    expected[block] = {
        "add": before[block] | grown,
        "replace": grown,
        "erase": before[block] & ~grown,
    }[mode]
    assert np.array_equal(after, expected)
    read = writer.read(own, Box((2, 1, 1), (3, 3, 2))).mask_kji
    assert np.array_equal(read, expected[1::3, 1::3, 1::3][1:3, 1:4, 2:4])


def finer(geometry: Geometry) -> Geometry:
    """Each voxel cut into 27."""
    shrink = np.diag([1 / 3] * 3 + [1.0])
    shrink[:3, 3] = -1 / 3
    return Geometry(tuple(3 * n for n in geometry.size_ijk), geometry.ijk_to_ras @ shrink)


def a_segment_on_finer_voxels(writer: EditorWriter, geometry: Geometry, seed: int) -> str:
    """A random segment; the segmentation's reference geometry becomes the finer grid."""
    scene = writer.node.GetScene()
    volume = add_volume_on(scene, finer(geometry))
    put_under(volume, writer.volume_node.GetParentTransformNode())
    writer.node.GetSegmentation().RemoveAllSegments()
    writer.node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    on_finer = EditorWriter(scene, writer.node, volume)
    own = on_finer.add_segment("liver")
    on_finer.write([edit(own, a_mask(finer(geometry), seed))])
    return own


@LAWS
@given(geometries(largest=5), st.integers(0, 99))
def test_without_a_region_the_smallest_block_is_read(geometry: Geometry, seed: int) -> None:
    writer = a_writer(geometry)
    own = writer.add_segment("liver")
    empty = writer.read(own)
    assert (empty.voxels, empty.mask_kji.size) == (0, 1)
    mask = a_mask(geometry, seed) & a_mask(geometry, seed + 1)
    writer.write([edit(own, mask)])
    patch = writer.read(own)
    full = np.zeros(geometry.shape_kji, bool)
    patch.paste(full)
    assert np.array_equal(full, mask)
    assert patch.mask_kji.shape == patch.cropped().mask_kji.shape


def test_a_volume_whose_image_is_not_counted_from_zero_is_written_in_its_place() -> None:
    geometry = an_oblique_geometry()
    writer = a_writer(geometry)
    image = writer.volume_node.GetImageData()
    image.SetExtent(2, 7, -3, 1, 1, 4)
    mask = a_mask(geometry, 1)
    fresh = writer.node.GetScene().AddNewNodeByClass("vtkMRMLSegmentationNode")
    other = EditorWriter(writer.node.GetScene(), fresh, writer.volume_node)
    own = other.add_segment("liver")
    other.write([edit(own, mask)])
    assert np.array_equal(other.read(own, whole(other)).mask_kji, mask)
    first = geometry_of(writer.volume_node).ijk_to_ras @ [0, 0, 0, 1]
    assert np.allclose(first, geometry.ijk_to_ras @ [2, -3, 1, 1])


def test_segments_on_different_grids_are_not_resampled_behind_the_users_back() -> None:
    geometry = an_oblique_geometry()
    writer = a_writer(geometry)
    fine = a_segment_on_finer_voxels(writer, geometry, 3)
    before = labelmaps_of(writer.node, finer(geometry).shape_kji)[fine]
    writer.editor_node.SetOverwriteMode(writer.editor_node.OverwriteNone)
    coarse = a_segment_from_elsewhere(writer, geometry)
    writer.write([edit(coarse, a_mask(geometry, 5))])
    assert np.array_equal(writer.read(coarse, whole(writer)).mask_kji, a_mask(geometry, 5))
    assert np.array_equal(labelmaps_of(writer.node, finer(geometry).shape_kji)[fine], before)
    writer.editor_node.SetOverwriteMode(writer.editor_node.OverwriteAllSegments)
    with pytest.raises(OutputError, match="lie on different voxel grids"):
        writer.write([edit(coarse, a_mask(geometry, 6))])
    assert np.array_equal(labelmaps_of(writer.node, finer(geometry).shape_kji)[fine], before)


def a_segment_from_elsewhere(writer: EditorWriter, geometry: Geometry) -> str:
    """A segment imported on the volume's own grid."""
    scene = writer.node.GetScene()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    other = EditorWriter(scene, node, writer.volume_node)
    other.write([edit(other.add_segment("coarse"), a_mask(geometry, 4))])
    segment = node.GetSegmentation().GetNthSegment(0)
    writer.node.GetSegmentation().AddSegment(segment, "coarse")
    return "coarse"


def test_a_segment_that_is_not_there_is_named() -> None:
    writer = a_writer(an_oblique_geometry())
    with pytest.raises(OutputError, match="has no segment 'liver'"):
        writer.read("liver")


def test_a_bent_transform_is_refused_by_the_node_under_it() -> None:
    writer = a_writer(an_oblique_geometry())
    own = writer.add_segment("liver")
    bending = add_bending_transform(writer.node.GetScene())
    reader = SegmentReader(writer.node, writer.volume_node)
    put_under(writer.node, bending)
    with pytest.raises(OutputError, match="segmentation 'segments': lies under the transform 'bending'"):
        reader.read(own, whole(writer))
    put_under(writer.node, None)
    put_under(writer.volume_node, bending)
    with pytest.raises(VolumeError, match="lies under the transform 'bending'"):
        reader.read(own, whole(writer))


FLAT = "1;0;0;0;0;0;0;0;0;0;1;0;0;0;0;1;0;5;0;4;0;3;"


@pytest.mark.parametrize("damaged", ["nonsense", FLAT, FLAT.replace("1;", "nan;", 1)])
def test_a_damaged_geometry_is_named(damaged: str) -> None:
    writer = a_writer(an_oblique_geometry())
    own = writer.add_segment("liver")
    writer.node.GetSegmentation().SetConversionParameter("Reference image geometry", damaged)
    with pytest.raises(OutputError, match=r"segmentation 'segments': .*specify it from the source volume"):
        writer.write([edit(own, np.ones((1, 1, 1), bool))])
    with pytest.raises(OutputError, match="specify it from the source volume"):
        writer.read(own, whole(writer))


def test_segments_without_a_reference_geometry_keep_their_own_grid() -> None:
    geometry = an_oblique_geometry()
    writer = a_writer(geometry)
    fine = a_segment_on_finer_voxels(writer, geometry, 3)
    writer.node.GetSegmentation().SetConversionParameter("Reference image geometry", "")
    again = EditorWriter(writer.node.GetScene(), writer.node, writer.volume_node)
    other = again.add_segment("kidney")
    again.write([edit(other, np.ones((1, 1, 1), bool))])
    assert np.count_nonzero(labelmaps_of(writer.node, finer(geometry).shape_kji)[other]) == 27
    assert fine in writer.node.GetSegmentation().GetSegmentIDs()
