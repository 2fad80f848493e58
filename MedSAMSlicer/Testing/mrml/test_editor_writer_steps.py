"""Steps of undo: what they hold, how many there are, and what is not one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.errors import OutputError
from testkit.random_segments import LAWS, a_mask, a_writer_with_segments, ids_of
from testkit.segments import edit, masks_of, same_masks


def test_several_edits_are_one_step_of_undo_and_the_record_counts_their_voxels() -> None:
    writer = a_writer_with_segments()
    own, other, third = ids_of(writer)
    before = masks_of(writer)
    small = edit(own, a_mask(3, (2, 3, 4)), "erase", (1, 1, 1))
    edits = [edit(own, a_mask(1)), edit(other, a_mask(2)), small]
    record = writer.write(edits)
    after = masks_of(writer)
    assert record.seconds > 0
    assert set(record.voxels) == {own, other, third}
    assert record.voxels[third] == np.count_nonzero(after[third] != before[third])
    writer.undo()
    assert same_masks(masks_of(writer), before)


def test_a_segment_made_and_written_in_one_step_goes_in_one_step() -> None:
    writer = a_writer_with_segments()
    before = masks_of(writer)
    with writer.one_step():
        writer.write([edit(writer.add_segment("pancreas"), a_mask(5))])
    assert [one.name for one in writer.segments()] == ["liver", "kidney", "spleen", "pancreas"]
    writer.undo()
    assert same_masks(masks_of(writer), before)
    writer.redo()
    assert np.array_equal(masks_of(writer)[ids_of(writer)[3]], a_mask(5))


def test_an_error_within_a_step_takes_the_step_back() -> None:
    writer = a_writer_with_segments()
    before = masks_of(writer)
    with pytest.raises(OutputError), writer.one_step():
        writer.write([edit(ids_of(writer)[0], a_mask(5))])
        writer.write([edit("nobody", a_mask(5))])
    assert same_masks(masks_of(writer), before)


def test_twenty_steps_can_be_taken_back() -> None:
    writer = a_writer_with_segments()
    own = ids_of(writer)[0]
    states = [masks_of(writer)]
    for n in range(25):
        writer.write([edit(own, a_mask(n))])
        states.append(masks_of(writer))
    steps = 0
    while writer.undo():
        steps += 1
        assert same_masks(masks_of(writer), states[25 - steps])
    assert steps == 20
    while writer.redo():
        steps -= 1
    assert steps == 0
    assert same_masks(masks_of(writer), states[25])


def test_tags_follow_undo_and_redo() -> None:
    writer = a_writer_with_segments()
    own = ids_of(writer)[0]
    writer.write([edit(own, a_mask(1), note="first")])
    writer.write([edit(own, a_mask(2), note="second")])
    assert writer.tag(own, "note") == "second"
    writer.undo()
    assert writer.tag(own, "note") == "first"
    writer.undo()
    assert writer.tag(own, "note") is None
    writer.redo()
    writer.redo()
    assert writer.tag(own, "note") == "second"


def test_a_write_leaves_settings_and_their_observers_alone() -> None:
    writer = a_writer_with_segments()
    editor = writer.editor_node
    editor.SetMaskMode(writer.node.EditAllowedOutsideAllSegments)
    editor.SetSourceVolumeIntensityMask(True)
    editor.SetSourceVolumeIntensityMaskRange(20, 70)
    seen: list[str] = []
    editor.AddObserver("ModifiedEvent", lambda *_: seen.append("modified"))
    writer.write([edit(ids_of(writer)[0], a_mask(1))])
    assert seen == []
    assert editor.GetMaskMode() == writer.node.EditAllowedOutsideAllSegments
    assert editor.GetSourceVolumeIntensityMask()


def test_a_write_that_changes_nothing_is_a_step_too_and_takes_back_no_other() -> None:
    writer = a_writer_with_segments()
    own = ids_of(writer)[0]
    writer.editor_node.SetOverwriteMode(writer.editor_node.OverwriteNone)
    before = masks_of(writer)
    assert writer.write([edit(own, before[own])]).voxels == {}
    assert writer.undo()
    assert same_masks(masks_of(writer), before)


def test_an_error_before_any_change_takes_back_no_other_step() -> None:
    writer = a_writer_with_segments()
    before = masks_of(writer)
    with pytest.raises(OutputError), writer.one_step():
        writer.write([edit("nobody", a_mask(5))])
    assert same_masks(masks_of(writer), before)


def test_no_edit_is_no_step() -> None:
    writer = a_writer_with_segments()
    steps = 0
    assert writer.write([]).voxels == {}
    while writer.undo():
        steps += 1
    assert steps == 6  # three segments made, three written


@LAWS
@given(st.lists(st.sampled_from(["write", "undo", "redo", "protect", "open"]), max_size=12))
def test_protecting_is_no_step_and_disturbs_none(deeds: list[str]) -> None:
    writer, plain = a_writer_with_segments(), a_writer_with_segments()
    for one in (writer, plain):
        one.add_segment("empty")
    written = 0  # never below the four segments
    for n, deed in enumerate(deeds):
        if deed == "undo" and not written:
            continue
        written += {"write": 1, "undo": -1, "redo": plain.can_redo}.get(deed, 0)
        for one in (writer, plain):
            own, _, _, empty = ids_of(one)
            if deed == "write":
                one.write([edit(own, a_mask(n))])
            elif deed in ("undo", "redo"):
                getattr(one, deed)()
            elif one is writer:
                one.protect(empty, deed == "protect")
        assert (writer.can_undo, writer.can_redo) == (plain.can_undo, plain.can_redo)
        assert np.array_equal(list(masks_of(writer).values()), list(masks_of(plain).values()))
