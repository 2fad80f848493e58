"""The labelmaps behind a segmentation."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.labelmap_grid import LabelmapGrid
from medsam_core.mrml.segment_layers import SegmentLayers
from medsam_core.mrml.segmentation_node import make_segmentation_node
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on, vtk_matrix
from testkit.segments import edit

SHAPE = an_oblique_geometry().shape_kji


@pytest.fixture
def a_writer() -> EditorWriter:
    scene = a_new_scene()
    volume = add_volume_on(scene, an_oblique_geometry(), "CT")
    return EditorWriter(scene, make_segmentation_node(scene, volume), volume)


def a_mask(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(SHAPE) > 0.5


def test_segments_apart_share_a_layer_and_overlapping_ones_do_not(a_writer: EditorWriter) -> None:
    first, second, third = (a_writer.add_segment(name) for name in "abc")
    a_writer.write([edit(first, a_mask(0)), edit(second, ~a_mask(0), "add")])
    assert len(SegmentLayers(a_writer.node).all) == 1
    a_writer.editor_node.SetOverwriteMode(a_writer.editor_node.OverwriteNone)
    a_writer.write([edit(third, a_mask(1))])
    layers = SegmentLayers(a_writer.node)
    assert len(layers.all) == 2
    assert layers.of(first) is layers.of(second)
    assert layers.of(first) is not layers.of(third)
    assert layers.of("nobody") is None


def test_a_mask_unites_segments_of_all_layers(a_writer: EditorWriter) -> None:
    a_writer.editor_node.SetOverwriteMode(a_writer.editor_node.OverwriteNone)
    first, second, third = (a_writer.add_segment(name) for name in "abc")
    a_writer.write([edit(one, a_mask(n)) for n, one in enumerate((first, second, third))])
    layers = SegmentLayers(a_writer.node)
    grid = LabelmapGrid(layers.of(first).image)
    assert np.array_equal(layers.mask([first, third], grid, (0, 0, 0), SHAPE), a_mask(0) | a_mask(2))
    assert not layers.mask([], grid, (0, 0, 0), SHAPE).any()
    wider = layers.mask([second], grid, (-1, -2, -3), (10, 11, 12))
    assert np.array_equal(wider[1 : 1 + SHAPE[0], 2 : 2 + SHAPE[1], 3 : 3 + SHAPE[2]], a_mask(1))
    assert np.count_nonzero(wider) == np.count_nonzero(a_mask(1))


def test_on_another_grid_a_layer_gives_its_nearest_voxels(a_writer: EditorWriter) -> None:
    from slicer import vtkOrientedImageData

    own = a_writer.add_segment("a")
    a_writer.write([edit(own, a_mask(0))])
    finer = vtkOrientedImageData()
    shrink = np.diag([1 / 3] * 3 + [1.0])
    shrink[:3, 3] = -1 / 3
    finer.SetGeometryFromImageToWorldMatrix(vtk_matrix(an_oblique_geometry().ijk_to_ras @ shrink))
    shape = tuple(3 * n for n in SHAPE)
    found = SegmentLayers(a_writer.node).mask([own], LabelmapGrid(finer), (0, 0, 0), shape)
    assert np.array_equal(found, a_mask(0).repeat(3, 0).repeat(3, 1).repeat(3, 2))
