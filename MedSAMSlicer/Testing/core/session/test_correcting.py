"""One slice mended: the span between its neighbouring anchors changes, nothing else does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import PromptError
from medsam_core.jobs.worker import Worker
from medsam_core.session.events import Failure, Written
from medsam_core.session.run_state import Phase
from medsam_core.session.segment_writer import SegmentEdit
from medsam_core.session.session import Session
from medsam_core.voxel_patch import VoxelPatch
from testkit.array_writer import ArrayWriter
from testkit.two_balls import LEFT, MIDDLE

SEGMENT = "Segment_1"


@pytest.fixture
def a_run(a_session: Session) -> Session:
    """A session with a finished run, not committed."""
    a_session.prompt(LEFT)
    a_session.pump()
    a_session.propagate("track")
    a_session.pump()
    return a_session


@pytest.fixture
def a_written_run(a_run: Session) -> Session:
    a_run.commit()
    a_run.pump()
    return a_run


def drawn(x0: int = 10, x1: int = 30) -> np.ndarray:
    mask = np.zeros((64, 80), bool)
    mask[20:40, x0:x1] = True
    return mask


def changed_slices(before: np.ndarray, after: np.ndarray) -> set[int]:
    return set(np.any(before != after, axis=(1, 2)).nonzero()[0].tolist())


def test_a_drawn_slice_is_written_as_drawn_in_one_step_and_only_its_span_changes(
    a_written_run: Session, a_writer: ArrayWriter
) -> None:
    before = a_writer.mask_kji(SEGMENT).copy()
    last = max(before.any(axis=(1, 2)).nonzero()[0].tolist())
    a_written_run.correct(8, mask_yx=drawn())
    events = a_written_run.pump()
    after = a_writer.mask_kji(SEGMENT)
    np.testing.assert_array_equal(after[8], drawn())
    assert changed_slices(before, after) <= set(range(MIDDLE + 1, last)), "up to the neighbouring anchors"
    assert len([e for e in events if isinstance(e, Written)]) == 1
    assert a_written_run.undo()
    np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT), before)
    assert a_written_run.redo()
    np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT), after)


def test_voxels_of_the_span_drawn_by_hand_stay(a_written_run: Session, a_writer: ArrayWriter) -> None:
    by_hand = np.zeros(a_writer.shape_kji, bool)
    by_hand[6:10, 1:4, 70:75] = True
    a_writer.write([SegmentEdit(SEGMENT, VoxelPatch.of(by_hand), "add")])
    a_written_run.correct(8, box_xyxy=(12, 20, 32, 40))
    a_written_run.pump()
    assert a_writer.mask_kji(SEGMENT)[by_hand].all()


def test_a_corrected_slice_is_an_anchor_for_the_next_correction(
    a_written_run: Session, a_writer: ArrayWriter
) -> None:
    a_written_run.correct(8, mask_yx=drawn())
    a_written_run.pump()
    before = a_writer.mask_kji(SEGMENT).copy()
    a_written_run.correct(9, box_xyxy=LEFT)
    a_written_run.pump()
    assert changed_slices(before, a_writer.mask_kji(SEGMENT)) <= {9}
    np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT)[8], drawn())


def test_corrections_made_in_haste_are_done_one_after_the_other(
    a_written_run: Session, a_writer: ArrayWriter
) -> None:
    for index in (4, 8, 9):
        a_written_run.correct(index, mask_yx=drawn(index, index + 20))
    a_written_run.settle()
    for index in (4, 8, 9):
        np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT)[index], drawn(index, index + 20))
    for _ in range(3):
        assert a_written_run.undo()
    assert a_writer.can_undo


def test_undo_takes_the_strip_back_too(a_written_run: Session) -> None:
    before = a_written_run.written_run(SEGMENT).confidence
    a_written_run.correct(8, mask_yx=drawn())
    a_written_run.pump()
    assert a_written_run.written_run(SEGMENT).confidence[8] == 1.0
    a_written_run.undo()
    assert a_written_run.written_run(SEGMENT).confidence == before
    a_written_run.undo()
    assert a_written_run.written_run(SEGMENT) is None


def test_a_run_that_is_not_written_is_mended_without_writing(a_run: Session, a_writer: ArrayWriter) -> None:
    (run,) = a_run.runs
    before = dict(run.segments[SEGMENT].slices)
    a_run.correct(8, mask_yx=drawn())
    a_run.pump()
    after = run.segments[SEGMENT]
    assert a_run.runs == (run,) and run.phase is Phase.FINISHED and not a_writer.writes
    np.testing.assert_array_equal(after.slices[8].mask_yx((64, 80)), drawn())
    below = {k for k in before if k <= MIDDLE}
    assert below and {k for k in before if after.slices.get(k) is before[k]} >= below
    a_run.commit()
    a_run.pump()
    np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT)[8], drawn())


def test_saying_that_it_is_not_there_ends_it_there(a_written_run: Session, a_writer: ArrayWriter) -> None:
    last = max(a_written_run.written_run(SEGMENT).slices)
    a_written_run.correct(last, mask_yx=np.zeros((64, 80), bool))
    a_written_run.pump()
    assert not a_writer.mask_kji(SEGMENT)[last].any()
    assert a_writer.mask_kji(SEGMENT)[MIDDLE].any()


def test_a_correction_beyond_the_end_reaches_there(a_written_run: Session, a_writer: ArrayWriter) -> None:
    assert not a_writer.mask_kji(SEGMENT)[11].any()
    a_written_run.correct(11, mask_yx=drawn())
    a_written_run.pump()
    np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT)[11], drawn())


@pytest.mark.parametrize("act", ["cancel", "discard"])
def test_a_correction_that_is_cancelled_leaves_all_as_it_was_and_the_next_one_works(
    threaded: Callable[..., tuple[Session, Worker]],
    demo_model: medsam.Model,
    a_writer: ArrayWriter,
    act: str,
) -> None:
    session, _ = threaded(demo_model)
    box = medsam.Box((8, 16, 2), (36, 44, 10))
    session.propagate("roi", prompts={SEGMENT: medsam.SegmentPrompt("s", 1, (box,))})
    session.settle(20)
    session.commit()
    session.settle(20)
    before = a_writer.mask_kji(SEGMENT)
    session.correct(8, box_xyxy=(12, 20, 30, 40))
    session.correct(4, mask_yx=drawn())
    (correction,) = session.runs
    getattr(session, act)(correction)
    session.settle(20)
    after = a_writer.mask_kji(SEGMENT)
    np.testing.assert_array_equal(after[4], drawn())
    np.testing.assert_array_equal(after[6:], before[6:])
    assert session.runs == ()


def test_a_correction_that_marks_nothing_is_refused(a_written_run: Session) -> None:
    with pytest.raises(medsam.errors.PromptError, match="no box and no positive point"):
        a_written_run.correct(8)
    with pytest.raises(PromptError, match="no slice 12"):
        a_written_run.correct(12, box_xyxy=LEFT)


def test_the_journal_holds_the_corrections_made_before_the_run_was_written_too(a_run: Session) -> None:
    a_run.correct(8, mask_yx=drawn())
    a_run.settle()
    a_run.commit()
    a_run.settle()
    assert [e.mode for e in a_run.journal(SEGMENT).entries] == ["add", "replace"]


def test_the_journal_holds_the_run_and_its_corrections(a_written_run: Session) -> None:
    a_written_run.correct(8, mask_yx=drawn())
    a_written_run.pump()
    journal = a_written_run.journal(SEGMENT)
    assert [(e.propagation, e.mode) for e in journal.entries] == [("track", "add"), ("anchors", "replace")]
    assert dict(journal.entries[1].options) == {"around": 8}


def test_a_correction_of_what_was_undone_meanwhile_writes_nothing_and_says_so(
    a_written_run: Session, a_writer: ArrayWriter
) -> None:
    a_written_run.correct(8, mask_yx=drawn())
    assert a_writer.undo(), "the face's own button: the session is not told"
    before = a_writer.mask_kji(SEGMENT).copy()
    (failure,) = [event for event in a_written_run.pump() if isinstance(event, Failure)]
    assert "undone" in failure.sentence
    np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT), before)
    assert a_written_run.runs == ()


@pytest.mark.parametrize("undone_when", ["marked", "to be written"])
def test_what_a_faces_own_button_undid_is_not_mended(
    a_written_run: Session, a_writer: ArrayWriter, undone_when: str
) -> None:
    a_written_run.correct(8, mask_yx=drawn())
    if undone_when == "to be written":  # the correction itself is done, its voxels are being made
        write = a_written_run._writing.write
        a_written_run._writing.write = lambda *given: (write(*given), a_writer.undo())  # type: ignore[method-assign]
    else:
        a_writer.undo()
    events = a_written_run.pump()
    assert ["was undone" in e.sentence for e in events if isinstance(e, Failure)] == [True]
    assert not a_writer.mask_kji(SEGMENT).any() and a_written_run.journal(SEGMENT) is None
    assert a_written_run.runs == ()
    a_writer.redo()
    a_written_run._writing.__dict__.pop("write", None)
    a_written_run.correct(8, mask_yx=drawn())
    a_written_run.pump()
    np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT)[8], drawn())


def test_a_segment_that_is_removed_while_it_is_mended_can_be_mended_when_it_is_back(
    a_written_run: Session, a_writer: ArrayWriter
) -> None:
    a_written_run.correct(8, mask_yx=drawn())
    a_writer.remove_segment(SEGMENT)
    events = a_written_run.pump()
    assert [type(e) for e in events if isinstance(e, Failure | Written)] == [Failure]
    a_writer.undo()
    a_written_run.correct(8, mask_yx=drawn())
    a_written_run.pump()
    np.testing.assert_array_equal(a_writer.mask_kji(SEGMENT)[8], drawn())
