"""Enter, undo and the next unsure slice."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.errors import PromptError
from medsam_core.interaction.deeds import Deeds
from medsam_core.interaction.showing import Showing
from medsam_core.session.session import Session
from testkit.array_writer import ArrayWriter
from testkit.two_balls import LEFT, MIDDLE

SEGMENT = "Segment_1"


def changed_slices(before: np.ndarray, after: np.ndarray) -> set[int]:
    """Slices on which two masks differ."""
    return set(np.any(before != after, axis=(1, 2)).nonzero()[0].tolist())


def test_enter_writes_the_preview(a_session: Session, the_deeds: Deeds, a_writer: ArrayWriter) -> None:
    a_session.prompt(LEFT)
    a_session.pump()
    mask = a_session.preview.mask_yx
    the_deeds.enter()
    np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT)[MIDDLE], mask)


def test_enter_with_nothing_to_write_says_what_to_do(the_deeds: Deeds) -> None:
    with pytest.raises(PromptError, match="draw a box"):
        the_deeds.enter()


def test_enter_writes_a_propagation_that_waits_and_nothing_stays_marked(
    a_held_run: Session, the_deeds: Deeds, a_writer: ArrayWriter
) -> None:
    a_held_run.prompt(LEFT, index=MIDDLE)  # where it began: nothing to mend
    the_deeds.enter()
    a_held_run.pump()
    assert len(a_writer.writes) == 1
    assert a_writer.mask_kji(SEGMENT)[MIDDLE + 1].any()
    assert a_held_run.runs == ()
    assert a_held_run.marked is None


def test_enter_mends_a_slice_of_a_propagation_that_waits_and_writes_nothing(
    a_held_run: Session, the_deeds: Deeds, a_writer: ArrayWriter
) -> None:
    (run,) = a_held_run.runs
    a_held_run.prompt((8, 16, 22, 44), index=8)
    the_deeds.enter()
    a_held_run.pump()
    assert 8 in run.segments[SEGMENT].anchors
    assert not run.segments[SEGMENT].slices[8].mask_yx((64, 80))[:, 23:].any()
    assert a_writer.writes == []
    assert a_held_run.marked is None


def test_enter_mends_what_was_written_in_one_step_that_undo_takes_back(
    a_written_run: Session, the_deeds: Deeds, a_showing: Showing, a_writer: ArrayWriter
) -> None:
    before = a_writer.mask_kji(SEGMENT).copy()
    last = max(before.any(axis=(1, 2)).nonzero()[0].tolist())
    a_written_run.prompt((8, 16, 22, 44), index=8)
    assert a_showing.corrects
    the_deeds.enter()
    a_written_run.pump()
    after = a_writer.mask_kji(SEGMENT)
    assert 8 in changed_slices(before, after)
    assert changed_slices(before, after) <= set(range(MIDDLE + 1, last))
    assert 8 in a_showing.strip.anchors
    assert the_deeds.undo()
    np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT), before)


def test_a_box_beyond_what_was_written_is_a_part_more(
    a_written_run: Session, the_deeds: Deeds, a_writer: ArrayWriter
) -> None:
    before = a_writer.mask_kji(SEGMENT).copy()
    beyond = next(k for k in (0, 11) if k not in a_written_run.written_run(SEGMENT).slices)
    a_written_run.prompt(LEFT, index=beyond)
    a_written_run.pump()
    the_deeds.enter()
    a_written_run.pump()
    assert changed_slices(before, a_writer.mask_kji(SEGMENT)) <= {beyond}


def test_undo_takes_clicks_before_steps_and_says_when_there_is_nothing(
    a_session: Session, the_deeds: Deeds, a_writer: ArrayWriter
) -> None:
    assert not the_deeds.undo()
    a_session.prompt(LEFT)
    a_session.pump()
    the_deeds.accept()
    a_session.prompt(LEFT, [((20, 30), True), ((10, 20), False)])
    a_session.pump()
    for left in (1, 0):
        assert the_deeds.undo()
        assert len(a_session.marked.clicks) == left
    assert a_writer.mask_kji(SEGMENT).any()
    assert the_deeds.undo()
    assert not a_writer.mask_kji(SEGMENT).any()
    assert not the_deeds.undo()


def test_the_next_unsure_slice_is_that_of_the_strip_on_show(
    a_held_run: Session, the_deeds: Deeds, a_showing: Showing
) -> None:
    assert the_deeds.next_unsure(MIDDLE) == a_showing.strip.next_unsure(MIDDLE)
    assert the_deeds.next_unsure(None) == a_showing.strip.next_unsure(None)
    a_held_run.commit()
    a_held_run.pump()
    assert the_deeds.next_unsure(MIDDLE) == a_showing.strip.next_unsure(MIDDLE)


def test_without_a_propagation_no_slice_is_unsure(the_deeds: Deeds) -> None:
    with pytest.raises(PromptError, match="start one first"):
        the_deeds.next_unsure(MIDDLE)


def test_there_is_nothing_to_write_without_a_propagation(the_deeds: Deeds) -> None:
    with pytest.raises(PromptError, match="start one first"):
        the_deeds.commit()
