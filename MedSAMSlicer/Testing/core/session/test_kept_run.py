"""Which propagation a journal tells of."""

from __future__ import annotations

import pytest

import medsam_core as medsam
from medsam_core.journal_entry import JournalEntry
from medsam_core.session.kept_run import answered_for, run_in, state_with
from medsam_core.session.segment_run import SegmentRun
from medsam_core.slice_grid import SliceGrid
from testkit.journals import an_entry


def marked(k: int, **changes: object) -> JournalEntry:
    """A box on one slice."""
    return an_entry(medsam.SegmentPrompt("left", 1, (medsam.Box((8, 16, k), (36, 44, k)),)), **changes)


ACCEPTED, TRACKED = marked(3), marked(6, propagation="track")
MENDED = marked(8, propagation="anchors", mode="replace", options={"around": 8})
CORONAL = SliceGrid.along(TRACKED.geometry, "j")
ACROSS = an_entry(
    medsam.SegmentPrompt("left", 1, (medsam.Box((8, 3, 30), (36, 30, 30)),)),
    grid=CORONAL,
    mode="replace",
    propagation="anchors",
)


@pytest.mark.parametrize("entries", [[TRACKED], [ACCEPTED, TRACKED, MENDED], [TRACKED, MENDED, ACCEPTED]])
def test_the_one_propagation_is_found(entries: list[JournalEntry]) -> None:
    assert run_in(entries) is TRACKED


@pytest.mark.parametrize(
    "entries",
    [[], [ACCEPTED], [TRACKED, an_entry()], [MENDED, TRACKED], [TRACKED, ACROSS]],
    ids=["nothing", "single slices", "two", "mended before", "mended across"],
)
def test_where_it_is_not_certain_there_is_none(entries: list[JournalEntry]) -> None:
    assert run_in(entries) is None


def test_every_slice_that_a_person_marked_counts_and_no_other() -> None:
    assert answered_for([ACCEPTED, TRACKED, MENDED], TRACKED) == {3, 8}


def test_the_journal_stays_as_it_was_in_order_and_the_run_is_its_last_propagation() -> None:
    entries = [ACCEPTED, TRACKED, MENDED, marked(9)]
    run = SegmentRun.begin("Segment_1", TRACKED.prompt, TRACKED.slices)
    state = state_with(entries, run)
    assert list(state.entries) == entries
    assert state.run is run
    assert [deed.is_correction for deed in state.run_deeds] == [True, False]
