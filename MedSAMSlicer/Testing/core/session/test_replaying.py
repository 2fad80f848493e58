"""A journal done again gives the identical segment, whatever was done to it."""

from __future__ import annotations

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import OptionError
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.jobs.inline import Inline
from medsam_core.prompt_journal import PromptJournal
from medsam_core.session.events import Failure, Written
from medsam_core.session.handler import SessionHandler
from medsam_core.session.session import Session
from medsam_core.slice_grid import SliceGrid
from testkit.array_writer import ArrayWriter
from testkit.two_balls import LEFT, MIDDLE, RIGHT

SEGMENT = "Segment_1"


def accept(session: Session, box: tuple, index: int = MIDDLE) -> None:
    session.prompt(box, index=index)
    session.settle()
    session.accept()


def propagate(session: Session) -> None:
    session.prompt(LEFT)
    session.propagate("track")
    session.settle()
    session.commit()
    session.settle()


def correct(session: Session) -> None:
    mask = np.zeros((64, 80), bool)
    mask[20:40, 12:30] = True
    session.correct(8, mask_yx=mask)
    session.settle()
    session.correct(3, box_xyxy=(12, 20, 32, 40))
    session.settle()


@pytest.mark.parametrize(
    "steps",
    [
        [lambda s: accept(s, LEFT)],
        [lambda s: accept(s, LEFT), lambda s: accept(s, RIGHT), lambda s: accept(s, LEFT, 7)],
        [propagate],
        [propagate, correct],
        [lambda s: accept(s, RIGHT), propagate, correct, lambda s: accept(s, RIGHT, 7)],
    ],
    ids=["a box", "boxes", "a run", "a mended run", "all of it"],
)
def test_a_journal_replayed_gives_the_identical_mask(
    a_session: Session, a_writer: ArrayWriter, a_cache: EmbeddingCache, steps: list
) -> None:
    for step in steps:
        step(a_session)
    tag = a_session.journal(SEGMENT).to_tag()
    writer = ArrayWriter(a_writer.shape_kji)
    again = Session(Inline(SessionHandler(a_cache)), writer)
    again.set_model(a_session.model)
    again.set_volume(a_session.volume)
    again.replay(PromptJournal.from_tag(tag))
    events = again.settle()
    assert [e.sentence for e in events if isinstance(e, Failure)] == []
    assert len([e for e in events if isinstance(e, Written)]) == 1
    np.testing.assert_array_equal(writer.mask_kji(SEGMENT), a_writer.mask_kji(SEGMENT))
    assert again.journal(SEGMENT).to_tag() == tag, "it can be done again and again"


def tilted(geometry: medsam.Geometry, degrees: float) -> tuple[SliceGrid, int]:
    turn, plane = np.eye(3), np.eye(4)
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turn[1:, 1:] = [[cos, -sin], [sin, cos]]
    plane[:3, :3] = geometry.ijk_to_ras[:3, :3] / geometry.spacing_mm @ turn
    plane[:3, 3] = geometry.from_ijk([20, 30, MIDDLE], "ras")
    return SliceGrid.oblique(geometry, plane, step_mm=1.7)


@pytest.mark.parametrize("degrees", [25, 50])
def test_corrections_of_a_written_run_on_tilted_slices_are_replayed_voxel_for_voxel(
    a_session: Session, a_writer: ArrayWriter, a_cache: EmbeddingCache, degrees: float
) -> None:
    grid, at = tilted(a_session.volume.geometry, degrees)
    x, y, _ = np.round(grid.to_xyn([20, 30, MIDDLE])).astype(int).tolist()
    a_session.look_at(at, grid=grid)
    a_session.prompt((x - 12, y - 12, x + 12, y + 12), index=at)
    a_session.settle()
    a_session.propagate("track")
    a_session.settle()
    a_session.commit()
    a_session.settle()
    mask = np.zeros(grid.shape_yx, bool)
    mask[y - 9 : y + 11, x - 8 : x + 12] = True
    for step in (4, -3, 2):
        a_session.correct(at + step, mask_yx=mask)
        assert [e.sentence for e in a_session.settle() if isinstance(e, Failure)] == []
    writer = ArrayWriter(a_writer.shape_kji)
    again = Session(Inline(SessionHandler(a_cache)), writer)
    again.set_model(a_session.model)
    again.set_volume(a_session.volume)
    again.replay(a_session.journal(SEGMENT))
    again.settle()
    np.testing.assert_array_equal(writer.mask_kji(SEGMENT), a_writer.mask_kji(SEGMENT))


def test_a_journal_may_be_added_to_a_segment_that_is_there(a_session: Session, a_writer: ArrayWriter) -> None:
    accept(a_session, LEFT)
    journal = a_session.journal(SEGMENT)
    a_session.replay(journal, {journal.entries[0].prompt.label: "Segment_2"})
    a_session.settle()
    np.testing.assert_array_equal(a_writer.mask_kji("Segment_2"), a_writer.mask_kji(SEGMENT))
    assert len(a_writer.segments()) == 2


def test_a_journal_of_another_scan_goes_through_the_patient(
    a_session: Session, a_volume: medsam.Volume, a_cache: EmbeddingCache, a_writer: ArrayWriter
) -> None:
    accept(a_session, LEFT)
    journal = a_session.journal(SEGMENT)
    shift = np.eye(4)
    shift[:3, 3] = a_volume.ijk_to_ras[:3, 2]  # the follow-up lies one slice higher
    follow_up = np.concatenate([a_volume.array_kji[-1:], a_volume.array_kji[:-1]])
    writer = ArrayWriter(a_writer.shape_kji)
    a_session.set_volume(medsam.Volume(follow_up, a_volume.geometry), writer=writer)
    a_session.replay(journal, to_volume_ras=shift)
    a_session.settle()
    found = writer.mask_kji(SEGMENT)
    assert found[MIDDLE + 1].any() and not np.delete(found, MIDDLE + 1, 0).any()


def test_without_a_volume_there_is_nothing_to_replay_on(a_session: Session) -> None:
    accept(a_session, LEFT)
    journal = a_session.journal(SEGMENT)
    a_session.set_volume(None)
    with pytest.raises(OptionError, match="choose one"):
        a_session.replay(journal)
