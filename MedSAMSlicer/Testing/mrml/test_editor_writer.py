"""Laws of writing into segments, on Slicer's own scene and editor logic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.errors import OptionError, OutputError, VolumeError
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segment_reader import SegmentReader
from medsam_core.mrml.segment_tags import tag_of
from testkit.mrml_nodes import put_under
from testkit.random_segments import (
    LAWS,
    MODES,
    SHAPE,
    a_mask,
    a_writer_with_segments,
    blocks,
    ids_of,
    inside,
    spread,
)
from testkit.segments import edit, labelmaps_of, masks_of, same_masks


@LAWS
@given(blocks(), st.sampled_from(MODES), st.integers(0, 5), st.booleans())
def test_an_edit_changes_its_block_as_it_says_and_not_one_voxel_elsewhere(
    block: Any, mode: str, seed: int, overlapping: bool
) -> None:
    writer = a_writer_with_segments(seed, overlapping)
    own = ids_of(writer)[1]
    before = masks_of(writer)
    start, mask = block
    writer.write([edit(own, mask, mode, start)])
    full, where = spread(start, mask), inside(start, mask)
    expected = {
        "add": before[own] | full,
        "erase": before[own] & ~full,
        "replace": np.where(where, full, before[own]),
    }
    after = masks_of(writer)
    assert np.array_equal(after[own], expected[mode])
    for other in set(before) - {own}:
        lost = np.zeros(SHAPE, bool) if mode == "erase" else full
        assert np.array_equal(after[other], before[other] & ~lost)


@LAWS
@given(
    blocks(),
    st.sampled_from(MODES),
    st.integers(0, 5),
    st.integers(0, 2),
    st.integers(0, 5),
    st.booleans(),
)
def test_undo_and_redo_restore_every_segment_bit_for_bit(
    block: Any, mode: str, seed: int, overwrite: int, area: int, overlapping: bool
) -> None:
    writer = a_writer_with_segments(seed, overlapping)
    writer.editor_node.SetOverwriteMode(overwrite)
    writer.editor_node.SetMaskMode(area)
    writer.editor_node.SetMaskSegmentID(ids_of(writer)[1])
    before = masks_of(writer), labelmaps_of(writer.node, SHAPE), writer.segments()
    start, mask = block
    writer.write([edit(ids_of(writer)[0], mask, mode, start)])
    after = masks_of(writer), labelmaps_of(writer.node, SHAPE), writer.segments()
    assert writer.undo()
    undone = masks_of(writer), labelmaps_of(writer.node, SHAPE), writer.segments()
    assert same_masks(undone[0], before[0])
    assert same_masks(undone[1], before[1])
    assert undone[2] == before[2]
    assert writer.redo()
    assert same_masks(masks_of(writer), after[0])
    assert same_masks(labelmaps_of(writer.node, SHAPE), after[1])


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"segment_id": "nobody"}, "has no segment 'nobody'"),
        ({"mode": "melt"}, "'melt' is not known"),
        ({"start_kji": (3, 0, 0)}, "reaches out of the volume"),
        ({"start_kji": (-1, 0, 0)}, "reaches out of the volume"),
        ({"note": "a|b"}, "characters that files lose"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_before_anything_changes(bad: dict, words: str) -> None:
    writer = a_writer_with_segments()
    own = ids_of(writer)[0]
    before = masks_of(writer)
    good = edit(own, a_mask(1))
    with pytest.raises((OutputError, OptionError), match=words):
        writer.write([good, edit(**{"segment_id": own, "mask_kji": a_mask(2), **bad})])
    assert same_masks(masks_of(writer), before)
    assert tag_of(writer.node, own, "note") is None


def test_a_segmentation_of_surfaces_is_refused_with_what_to_do() -> None:
    writer = a_writer_with_segments()
    own = ids_of(writer)[0]
    writer.node.GetSegmentation().CreateRepresentation("Closed surface")
    writer.write([edit(own, a_mask(1))])  # a surface beside the voxels is no hindrance
    writer.node.GetSegmentation().SetSourceRepresentationName("Closed surface")
    with pytest.raises(OutputError, match="make 'Binary labelmap' its source representation"):
        writer.write([edit(own, a_mask(2))])
    with pytest.raises(OutputError, match="not as voxels"):
        writer.add_segment("another")


def test_surfaces_follow_writes_and_undo() -> None:
    writer = a_writer_with_segments()
    segmentation = writer.node.GetSegmentation()
    segmentation.CreateRepresentation("Closed surface")
    own = segmentation.GetSegment(ids_of(writer)[0])
    points = own.GetRepresentation("Closed surface").GetNumberOfPoints()
    writer.write([edit(ids_of(writer)[0], np.ones((1, 1, 1), bool), "replace", (1, 1, 1))])
    writer.write([edit(ids_of(writer)[0], np.zeros(SHAPE, bool), "replace")])
    assert own.GetRepresentation("Closed surface").GetNumberOfPoints() == 0
    writer.undo()
    writer.undo()
    assert own.GetRepresentation("Closed surface").GetNumberOfPoints() == points


def test_after_the_scene_was_closed_a_write_says_so() -> None:
    writer = a_writer_with_segments()
    own = ids_of(writer)[0]
    writer.node.GetScene().Clear(True)
    with pytest.raises(OutputError, match="is not in the scene any more"):
        writer.write([edit(own, a_mask(1))])
    assert not writer.undo()
    assert not writer.redo()


def test_a_bent_transform_is_refused(a_scene: Any, a_volume_node: Any, a_bending_transform: Any) -> None:
    node = a_scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    put_under(a_volume_node, a_bending_transform)
    with pytest.raises(VolumeError, match="not linear"):
        EditorWriter(a_scene, node, a_volume_node)


def test_an_empty_segment_lies_on_the_grid_of_the_volume(a_scene: Any, an_oblique_volume_node: Any) -> None:
    """Slicer merges layers when it saves, onto the grid of the first: its default one would resample them."""
    node = a_scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segment_id = EditorWriter(a_scene, node, an_oblique_volume_node).add_segment("empty")
    reader = SegmentReader(node, an_oblique_volume_node)
    _, layer = reader.layers_of(segment_id)
    assert layer.is_empty
    assert reader.reference_grid().matches(layer.image)
