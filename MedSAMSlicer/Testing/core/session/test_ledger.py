"""What was written is found again by the text that undo carries."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.session.journal_keeping import JOURNAL_TAG
from medsam_core.session.ledger import STATES_KEPT, Ledger
from medsam_core.session.segment_change import SegmentChange
from medsam_core.session.segment_state import Deed
from medsam_core.session.segment_writer import SegmentEdit
from medsam_core.voxel_patch import VoxelPatch
from testkit.array_writer import ArrayWriter

GEOMETRY = Geometry((40, 30, 5), np.eye(4))


def a_change(segment_id: str, x: int = 3, label: int = 1) -> SegmentChange:
    prompt = SegmentPrompt("s", label, (Box((x, 5, 2), (x + 5, 15, 2)),))
    entry = JournalEntry(prompt, GEOMETRY, ModelName("m", "i", "0", "sam"))
    return SegmentChange(segment_id, VoxelPatch((2, 5, x), np.ones((1, 5, 5), bool)), None, Deed((entry,)))


@pytest.fixture
def a_ledger() -> Ledger:
    writer = ArrayWriter((5, 30, 40))
    for name in ("liver", "kid\nney", "   "):
        writer.add_segment(name)
    return Ledger(writer)


def test_deeds_follow_undo_and_redo(a_ledger: Ledger) -> None:
    changes = [a_change("Segment_1", x) for x in (3, 9)]
    for change in changes:
        a_ledger.write([change])
    assert a_ledger.state("Segment_1").deeds == (changes[0].deed, changes[1].deed)
    a_ledger.writer.undo()
    assert a_ledger.state("Segment_1").deeds == (changes[0].deed,)
    a_ledger.writer.undo()
    assert a_ledger.state("Segment_1").deeds == ()
    a_ledger.writer.redo()
    assert a_ledger.state("Segment_1").deeds == (changes[0].deed,)


def test_all_changes_are_one_step_also_of_one_segment(a_ledger: Ledger) -> None:
    a_ledger.write([a_change("Segment_1"), a_change("Segment_1", 9), a_change("Segment_2")])
    assert len(a_ledger.state("Segment_1").deeds) == 2
    assert a_ledger.writer.undo() and not a_ledger.writer.can_undo


def test_a_segment_from_a_file_is_known_by_its_journal_alone(a_ledger: Ledger) -> None:
    a_ledger.write([a_change("Segment_1")])
    again = Ledger(a_ledger.writer)
    (deed,) = again.state("Segment_1").deeds
    assert deed.patch is None and deed.entries[0].prompt.boxes == (Box((3, 5, 2), (8, 15, 2)),)
    again.write([a_change("Segment_1", 9)])
    assert len(again.state("Segment_1").entries) == 2


def test_a_segment_has_one_number_in_its_journal_and_no_other_segment_has_it(a_ledger: Ledger) -> None:
    a_ledger.write([a_change("Segment_2", label=5), a_change("Segment_1", label=5)])
    a_ledger.write([a_change("Segment_2", 9, label=8)])
    again = Ledger(a_ledger.writer)
    labels = {one: {e.prompt.label for e in again.state(one).entries} for one in ("Segment_1", "Segment_2")}
    assert all(len(own) == 1 for own in labels.values()) and labels["Segment_1"] != labels["Segment_2"]
    assert again.label("Segment_3") not in set.union(*labels.values())


def test_names_are_made_fit_for_prompts(a_ledger: Ledger) -> None:
    assert [a_ledger.name(f"Segment_{n}") for n in (1, 2, 3, 4)] == ["liver", "kid ney", "segment", "segment"]


def test_protected_and_absent_segments_are_refused_before_anything_is_written(a_ledger: Ledger) -> None:
    a_ledger.writer.protect("Segment_2")
    for bad, said in (("Segment_2", "unlock"), ("Segment_9", "not there any more")):
        with pytest.raises(PromptError, match=said):
            a_ledger.write([a_change("Segment_1"), a_change(bad)])
    assert not a_ledger.writer.can_undo


def test_what_is_remembered_is_bounded(a_ledger: Ledger) -> None:
    for n in range(STATES_KEPT + 20):
        a_ledger.write([a_change("Segment_1", n % 30)])
    assert len(a_ledger._states) == STATES_KEPT
    assert len(a_ledger.state("Segment_1").deeds) == STATES_KEPT + 20


@pytest.mark.parametrize("tag", ["no journal", "eJwDAAAAAAE=", "A" * 100])
def test_a_segment_with_a_damaged_journal_can_be_worked_on(a_ledger: Ledger, tag: str) -> None:
    a_ledger.writer.write([SegmentEdit("Segment_1", a_change("Segment_1").new, "add", {JOURNAL_TAG: tag})])
    with pytest.raises(PromptError, match="journal"):
        a_ledger.journal("Segment_1")
    a_ledger.write([a_change("Segment_1"), a_change("Segment_2")])
    assert len(a_ledger.journal("Segment_1").entries) == 1
