"""What a change did, counted."""

from __future__ import annotations

import numpy as np

from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segment_change import SegmentChange
from medsam_core.mrml.segment_layers import SegmentLayers
from medsam_core.mrml.segment_reader import SegmentReader
from medsam_core.mrml.segmentation_node import make_segmentation_node
from medsam_core.mrml.touched_voxels import TouchedVoxels
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on
from testkit.segments import edit

SHAPE = an_oblique_geometry().shape_kji


def test_voxels_that_came_or_went_are_counted_for_each_segment() -> None:
    scene = a_new_scene()
    volume = add_volume_on(scene, an_oblique_geometry(), "CT")
    writer = EditorWriter(scene, make_segmentation_node(scene, volume), volume)
    first, second, untouched = (writer.add_segment(name) for name in "abc")
    lower, row = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    lower[:2] = True
    row[1, 2] = True
    writer.write([edit(first, lower)])
    grid = SegmentReader(writer.node, volume).reference_grid()
    change = SegmentChange(grid, (0, 0, 0), row, np.zeros(SHAPE, bool))
    before = TouchedVoxels(change, SegmentLayers(writer.node))
    assert before.count == SHAPE[2]
    assert before.of(first).all()
    assert not before.of(second).any()
    writer.write([edit(second, row, "add")])
    after = TouchedVoxels(change, SegmentLayers(writer.node))
    assert before.differences(after) == {first: SHAPE[2], second: SHAPE[2]}
    assert not after.of(untouched).any()
    assert before.differences(before) == {}
