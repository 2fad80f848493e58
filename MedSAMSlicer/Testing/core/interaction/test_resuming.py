"""What was saved can be corrected as if it had been made in this session."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.interaction.deeds import Deeds
from medsam_core.interaction.resuming import resume
from medsam_core.interaction.showing import Showing
from medsam_core.interaction.strip import UNKNOWN, strip_cells
from medsam_core.jobs.inline import Inline
from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.prompt_journal import TAG_NAME as TAG
from medsam_core.session.handler import SessionHandler
from medsam_core.session.segment_writer import SegmentEdit
from medsam_core.session.session import Session
from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch
from testkit.array_writer import ArrayWriter
from testkit.two_balls import LEFT, MIDDLE, RIGHT, SHAPE

SEGMENT = "Segment_1"

Reopen = Callable[[], tuple[Session, ArrayWriter]]


@pytest.fixture
def reopened(
    a_writer: ArrayWriter, a_volume: medsam.Volume, demo_model: medsam.Model, a_cache: EmbeddingCache
) -> Reopen:
    """Gives another session on the first segment as a file keeps it: its voxels and its journal."""

    def reopen() -> tuple[Session, ArrayWriter]:
        writer = ArrayWriter(SHAPE)
        segment = writer.add_segment("left")
        tags = {TAG: a_writer.tag(SEGMENT, TAG) or ""}
        writer.write([SegmentEdit(segment, a_writer.read(SEGMENT), "add", tags)])
        session = Session(Inline(SessionHandler(a_cache)), writer)
        session.set_model(demo_model)
        session.set_volume(a_volume)
        session.look_at(MIDDLE)
        session.select(segment)
        session.pump()
        return session, writer

    return reopen


def mask(writer: ArrayWriter) -> np.ndarray:
    seen = np.zeros(SHAPE, bool)
    writer.read(SEGMENT).paste(seen)
    return seen


def correct(session: Session, index: int) -> None:
    session.prompt((14, 20, 26, 38), index=index)
    session.pump()
    Deeds(session, Showing(lambda: session)).accept()
    session.settle()


def test_a_correction_gives_the_same_voxels_as_before_saving(
    a_written_run: Session, a_writer: ArrayWriter, reopened: Reopen
) -> None:
    session, writer = reopened()
    assert session.written_run(SEGMENT) is None
    resume(session, writer, SEGMENT)
    saved = mask(writer)
    for one in (a_written_run, session):
        correct(one, MIDDLE + 2)
    np.testing.assert_array_equal(mask(writer), mask(a_writer))
    assert not np.array_equal(mask(writer), saved)
    assert writer.undo()
    np.testing.assert_array_equal(mask(writer), saved)


def test_the_strip_says_that_nothing_more_is_known_and_who_answered_for_which_slice(
    a_written_run: Session, reopened: Reopen
) -> None:
    correct(a_written_run, MIDDLE + 2)
    session, writer = reopened()
    resume(session, writer, SEGMENT)
    run = session.written_run(SEGMENT)
    assert run is not None
    assert run.anchors == {MIDDLE, MIDDLE + 2}
    assert (run.confidence, run.worst_slice, run.next_unsure()) == ({}, None, None)
    cells = {cell["index"]: cell for cell in strip_cells(run)}
    assert {cell["colour"] for cell in cells.values()} == {UNKNOWN}
    assert cells[MIDDLE]["text"] == f"slice {MIDDLE + 1}: as it was saved, marked by you"
    assert cells[MIDDLE + 1]["text"] == f"slice {MIDDLE + 2}: as it was saved"


def test_what_was_corrected_after_opening_is_sure_again(a_written_run: Session, reopened: Reopen) -> None:
    session, writer = reopened()
    resume(session, writer, SEGMENT)
    correct(session, MIDDLE + 2)
    run = session.written_run(SEGMENT)
    assert run is not None
    assert MIDDLE + 1 in run.confidence
    assert MIDDLE - 1 not in run.confidence
    journal = session.journal(SEGMENT)
    assert journal is not None
    assert [entry.mode for entry in journal.entries] == ["add", "replace"]


def test_undo_of_the_opening_and_redo_bring_the_strip_back(a_written_run: Session, reopened: Reopen) -> None:
    session, writer = reopened()
    resume(session, writer, SEGMENT)
    session.undo()
    assert session.written_run(SEGMENT) is None
    session.redo()
    assert session.written_run(SEGMENT) is not None


def test_of_several_propagations_none_is_mended_by_guessing(a_written_run: Session, reopened: Reopen) -> None:
    a_written_run.prompt(RIGHT)
    a_written_run.propagate("track")
    a_written_run.pump()
    a_written_run.commit()
    a_written_run.pump()
    session, writer = reopened()
    resume(session, writer, SEGMENT)
    assert session.written_run(SEGMENT) is None


def test_what_was_accepted_slice_by_slice_goes_through_the_volume(
    a_session: Session, reopened: Reopen
) -> None:
    a_session.prompt(LEFT)
    a_session.settle()
    a_session.accept()
    session, writer = reopened()
    resume(session, writer, SEGMENT)
    assert session.written_run(SEGMENT) is None
    run = session.propagate("track")
    assert run.segments[SEGMENT].prompt.boxes[0].box_xyxy == LEFT


@pytest.mark.parametrize("axis", ["j", "i"])
def test_a_propagation_along_another_axis_is_mended_voxel_for_voxel(
    a_session: Session, a_volume: medsam.Volume, a_writer: ArrayWriter, reopened: Reopen, axis: str
) -> None:
    grid = SliceGrid.along(a_volume.geometry, axis)
    index = {"j": 30, "i": 22}[axis]
    a_session.prompt((8, 3, 36, 34) if axis == "j" else (16, 3, 44, 34), index=index, grid=grid)
    a_session.propagate("track")
    a_session.pump()
    a_session.commit()
    a_session.pump()
    a_session.clear()
    session, writer = reopened()
    resume(session, writer, SEGMENT)
    kept = session.written_run(SEGMENT)
    assert kept is not None
    slices = [kept.slices[n].mask_yx(grid.shape_yx) for n in sorted(kept.slices)]
    found = grid.to_voxels(min(kept.slices), np.stack(slices), a_volume.geometry)
    again = np.zeros(SHAPE, bool)
    found.paste(again)
    np.testing.assert_array_equal(again, mask(a_writer))


@pytest.mark.parametrize("scale", [0.5, 0.02])
def test_slices_that_only_say_that_they_are_along_an_axis_are_let_be(
    a_session: Session, a_volume: medsam.Volume, a_writer: ArrayWriter, scale: float
) -> None:
    size = tuple(int(n / scale) for n in a_volume.geometry.size_ijk)
    fine = SliceGrid(size, np.diag([scale, scale, scale, 1.0]), "k")
    prompt = medsam.SegmentPrompt("left", 1, (medsam.Box((8, 8, 0), (30, 30, 9)),))
    model = ModelName("demo", "1" * 64, "2" * 64, "demo")
    journal = medsam.PromptJournal((JournalEntry(prompt, a_volume.geometry, model, fine),))
    block = VoxelPatch((1, 2, 3), np.ones((2, 2, 2), bool))
    a_writer.write([SegmentEdit(SEGMENT, block, "add", {TAG: journal.to_tag()})])
    resume(a_session, a_writer, SEGMENT)
    assert a_session.written_run(SEGMENT) is None


def test_a_damaged_journal_is_let_be(a_session: Session, a_writer: ArrayWriter) -> None:
    block = VoxelPatch((1, 2, 3), np.ones((2, 2, 2), bool))
    a_writer.write([SegmentEdit(SEGMENT, block, "add", {TAG: "broken"})])
    resume(a_session, a_writer, SEGMENT)
    resume(a_session, a_writer, "Segment_2")  # it has none
    assert a_session.written_run(SEGMENT) is None
