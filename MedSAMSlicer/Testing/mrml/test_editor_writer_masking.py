"""What an edit must not change: outside of area and range, and protected segments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.errors import OutputError
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segment_reader import SegmentReader
from medsam_core.mrml.volume_node import volume_of
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
from testkit.segments import edit, masks_of, same_masks, whole


@LAWS
@given(blocks(), st.sampled_from(MODES), st.integers(0, 5), st.integers(1, 4), st.booleans())
def test_voxels_outside_of_editable_area_and_intensity_range_never_change(
    block: Any, mode: str, seed: int, area: int, by_intensity: bool
) -> None:
    writer = a_writer_with_segments(seed)
    own, hidden, shown = ids_of(writer)
    node, editor = writer.node, writer.editor_node
    node.GetDisplayNode().SetSegmentVisibility(hidden, False)
    editor.SetMaskMode(area)
    editor.SetSourceVolumeIntensityMask(by_intensity)
    editor.SetSourceVolumeIntensityMaskRange(20, 70)
    before = masks_of(writer)
    everything = np.logical_or.reduce(list(before.values()))
    allowed = {
        node.EditAllowedInsideAllSegments: everything,
        node.EditAllowedInsideVisibleSegments: before[own] | before[shown],
        node.EditAllowedOutsideAllSegments: ~(before[hidden] | before[shown]),
        node.EditAllowedOutsideVisibleSegments: ~before[shown],
    }[area]
    if by_intensity:
        allowed = allowed & in_range(writer)
    start, mask = block
    writer.write([edit(own, mask, mode, start)])
    after = masks_of(writer)
    for one in before:
        assert np.array_equal(after[one][~allowed], before[one][~allowed])
    there = allowed & spread(start, mask)
    assert not (after[own] & there).any() if mode == "erase" else after[own][there].all()


def in_range(writer: EditorWriter) -> np.ndarray:
    values = volume_of(writer.volume_node).array_kji
    return (values >= 20) & (values <= 70)


@LAWS
@given(blocks(), st.sampled_from(MODES), st.integers(0, 5), st.booleans())
def test_inside_of_one_segment_only_that_one_and_the_edited_one_change(
    block: Any, mode: str, seed: int, by_intensity: bool
) -> None:
    writer = a_writer_with_segments(seed, overlapping=False)
    own, home, third = ids_of(writer)
    editor = writer.editor_node
    editor.SetMaskMode(writer.node.EditAllowedInsideSingleSegment)
    editor.SetMaskSegmentID(home)
    editor.SetSourceVolumeIntensityMask(by_intensity)
    editor.SetSourceVolumeIntensityMaskRange(20, 70)
    before = masks_of(writer)
    start, mask = block
    writer.write([edit(own, mask, mode, start)])
    after = masks_of(writer)
    both = before[own] | before[home]
    assert np.array_equal(after[third], before[third])
    assert np.array_equal(after[own] | after[home], both)
    if by_intensity:
        assert np.array_equal(after[own][~in_range(writer)], before[own][~in_range(writer)])


@LAWS
@given(
    blocks(),
    st.sampled_from(MODES),
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 2),
    st.booleans(),
)
def test_masking_and_overwriting_are_what_slicer_itself_does(
    block: Any, mode: str, seed: int, area: int, overwrite: int, by_intensity: bool
) -> None:
    overlapping = area != 5  # where a third segment overlaps, Slicer's giving back depends on its layers
    writer, reference = (a_writer_with_segments(seed, overlapping) for _ in range(2))
    for one in (writer, reference):
        own, hidden, _ = ids_of(one)
        one.node.GetDisplayNode().SetSegmentVisibility(hidden, False)
        one.editor_node.SetMaskMode(area)
        one.editor_node.SetMaskSegmentID(hidden)
        one.editor_node.SetSelectedSegmentID(own)
        one.editor_node.SetOverwriteMode(overwrite)
        one.editor_node.SetSourceVolumeIntensityMask(by_intensity)
        one.editor_node.SetSourceVolumeIntensityMaskRange(20, 70)
    single = area == writer.node.EditAllowedInsideSingleSegment
    if single and (mode == "replace" or (mode == "erase" and by_intensity)):
        return  # Slicer erases outside of the intensity range there, and does not erase when it sets
    start, mask = block
    writer.write([edit(ids_of(writer)[0], mask, mode, start)])
    slicers_own_write(reference, spread(start, mask), inside(start, mask), mode)
    ours, theirs = list(masks_of(writer).values()), list(masks_of(reference).values())
    for n in range(1 if mode == "replace" else 3):  # setting overwrites others outside of the block too
        assert np.array_equal(ours[n], theirs[n])


def slicers_own_write(reference: EditorWriter, mask: np.ndarray, block: np.ndarray, mode: str) -> None:
    """The same edit by Slicer's logic alone, on the whole volume."""
    from slicer import vtkSlicerSegmentEditorLogic

    own = ids_of(reference)[0]
    logic = vtkSlicerSegmentEditorLogic()
    logic.SetMRMLScene(reference.node.GetScene())
    logic.SetSegmentEditorNode(reference.editor_node)
    if mode == "replace":
        mask = np.where(block, mask, masks_of(reference)[own])
    image = SegmentReader(reference.node, reference.volume_node).reference_grid().image((0, 0, 0), mask)
    how = {
        "add": logic.ModificationModeAdd,
        "erase": logic.ModificationModeRemove,
        "replace": logic.ModificationModeSet,
    }[mode]
    logic.ModifySegmentByLabelmap(reference.node, own, image, how, True, False)


@LAWS
@given(blocks(), st.sampled_from(MODES), st.integers(0, 5), st.integers(0, 5), st.integers(0, 2))
def test_protected_segments_lose_and_gain_nothing(
    block: Any, mode: str, seed: int, area: int, overwrite: int
) -> None:
    writer = a_writer_with_segments(seed)
    own, locked, open_one = ids_of(writer)
    writer.protect(locked)
    writer.editor_node.SetMaskMode(area)
    writer.editor_node.SetMaskSegmentID(locked)
    writer.editor_node.SetOverwriteMode(overwrite)
    before = masks_of(writer)
    assert np.array_equal(writer.protected(own, whole(writer)), before[locked])
    start, mask = block
    writer.write([edit(own, mask, mode, start)])
    after = masks_of(writer)
    assert np.array_equal(after[locked], before[locked])
    came = after[own] & ~before[own]
    assert not (came & before[locked]).any()
    assert not writer.protected(open_one, whole(writer))[~before[locked]].any()


def test_all_others_can_be_protected_for_a_while() -> None:
    writer = a_writer_with_segments()
    own, *others = ids_of(writer)
    before = masks_of(writer)
    writer.protect_others = True
    writer.write([edit(own, np.ones(SHAPE, bool))])
    after = masks_of(writer)
    assert all(np.array_equal(after[one], before[one]) for one in others)
    assert np.array_equal(after[own], before[own] | ~(before[others[0]] | before[others[1]]))


def test_a_protected_segment_refuses_edits_and_keeps_its_protection_through_undo() -> None:
    writer = a_writer_with_segments()
    own, other, _ = ids_of(writer)
    writer.write([edit(other, a_mask(1))])
    writer.protect(own)
    writer.undo()
    before = masks_of(writer)
    with pytest.raises(OutputError, match="is protected"):
        writer.write([edit(other, a_mask(2)), edit(own, a_mask(3))])
    assert same_masks(masks_of(writer), before)
    assert writer.segments()[0].protected
    writer.protect(own, False)
    writer.write([edit(own, a_mask(3))])
    assert not writer.segments()[0].protected
