"""Editable area and intensity range of a block, against Slicer's own mask of the whole volume."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.mrml.edit_mask import EditMask
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.labelmap_grid import values_of
from medsam_core.mrml.segment_layers import SegmentLayers
from medsam_core.mrml.segment_reader import SegmentReader
from medsam_core.mrml.segmentation_node import make_segmentation_node
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, a_sheared_matrix, add_transform, add_volume_on, put_under
from testkit.segments import edit

LAWS = settings(max_examples=40, deadline=None)
GEOMETRY = an_oblique_geometry((9, 8, 7))


def a_writer(seed: int, transform: np.ndarray | None) -> EditorWriter:
    """Three random segments; the volume under a transform that came after the segmentation was made."""
    scene = a_new_scene()
    volume = add_volume_on(scene, GEOMETRY, "CT")
    writer = EditorWriter(scene, make_segmentation_node(scene, volume), volume)
    writer.editor_node.SetOverwriteMode(writer.editor_node.OverwriteNone)
    for n, name in enumerate("abc"):
        mask = np.random.default_rng((seed, n)).random(GEOMETRY.shape_kji) > 0.7
        writer.write([edit(writer.add_segment(name), mask)])
    if transform is not None:
        put_under(volume, add_transform(scene, transform))
    return writer


def a_mask(writer: EditorWriter) -> tuple[EditMask, Any]:
    reader = SegmentReader(writer.node, writer.volume_node)
    layers = SegmentLayers(writer.node)
    grid, voxel_map = reader.place(layers.all[0])
    return EditMask(writer.editor_node, layers, grid, voxel_map), grid


@LAWS
@given(st.integers(0, 9), st.integers(0, 5), st.tuples(*[st.integers(-1, 3)] * 3))
def test_the_area_is_that_of_slicer(seed: int, area: int, start: tuple[int, int, int]) -> None:
    from slicer import vtkOrientedImageData

    writer = a_writer(seed, None)
    own, hidden, _ = writer.node.GetSegmentation().GetSegmentIDs()
    writer.node.GetDisplayNode().SetSegmentVisibility(hidden, False)
    writer.editor_node.SetMaskMode(area)
    writer.editor_node.SetMaskSegmentID(hidden)
    mask, grid = a_mask(writer)
    shape = (4, 5, 6)
    blocked = vtkOrientedImageData()
    assert writer.node.GenerateEditMask(blocked, area, grid.frame(start, shape), own, hidden)
    assert np.array_equal(mask.addable(own, start, shape), values_of(blocked)[1] == 0)


@LAWS
@given(st.integers(0, 9), st.booleans(), st.integers(0, 400), st.integers(0, 400))
def test_the_range_is_that_of_slicer_where_the_volume_lies_now(
    seed: int, sheared: bool, low: int, width: int
) -> None:
    from slicer import vtkSlicerSegmentEditorLogic

    place = a_sheared_matrix() if sheared else None
    if place is not None:  # keep the middle of the volume where it was
        middle = GEOMETRY.from_ijk([4, 3.5, 3], "ras")
        place[:3, 3] = middle - place[:3, :3] @ middle
    writer = a_writer(seed, place)
    logic = vtkSlicerSegmentEditorLogic()
    logic.SetMRMLScene(writer.node.GetScene())
    logic.SetSegmentEditorNode(writer.editor_node)
    assert logic.UpdateAlignedSourceVolume()
    first, values = values_of(logic.GetAlignedSourceVolume())
    writer.editor_node.SetSourceVolumeIntensityMask(True)
    writer.editor_node.SetSourceVolumeIntensityMaskRange(low, low + width)
    mask, _ = a_mask(writer)
    own = writer.node.GetSegmentation().GetNthSegmentID(0)
    found = mask.addable(own, first, values.shape)
    assert np.array_equal(found, (values >= low) & (values <= low + width))
    assert np.array_equal(mask.removable(own, first, values.shape), found)


def test_inside_of_one_segment_all_of_the_edited_one_may_leave() -> None:
    writer = a_writer(0, None)
    own, home, _ = writer.node.GetSegmentation().GetSegmentIDs()
    writer.editor_node.SetMaskMode(writer.node.EditAllowedInsideSingleSegment)
    writer.editor_node.SetMaskSegmentID(home)
    mask, _ = a_mask(writer)
    assert mask.single_segment == home
    assert mask.removable(own, (0, 0, 0), GEOMETRY.shape_kji).all()
    assert not mask.addable(own, (0, 0, 0), GEOMETRY.shape_kji).all()
