"""The use cases, as a face goes through them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import IntensityError, OptionError, PromptError
from medsam_core.jobs.worker import Worker
from medsam_core.session.events import (
    Event,
    Failure,
    PreviewChanged,
    RunChanged,
    SliceReady,
    VolumeReady,
    Written,
)
from medsam_core.session.run_state import Phase
from medsam_core.session.segment_writer import SegmentEdit
from medsam_core.session.session import Session
from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch
from testkit.array_writer import ArrayWriter
from testkit.hindered_models import Stumbling, Turnstile, hindered
from testkit.two_balls import LEFT, MIDDLE, RIGHT

LEFT_ID, RIGHT_ID = "Segment_1", "Segment_2"


def of_kind(events: list[Event], kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


def mask_of(session: Session) -> np.ndarray:
    assert session.preview is not None
    return session.preview.mask_yx


def is_left_ball(volume: medsam.Volume, k: int) -> np.ndarray:
    return (volume.array_kji[k] > 150) & (np.arange(80) < 45)


# Looking


def test_a_new_volume_is_made_ready_and_its_slices_are_read_ahead(
    a_session: Session, a_volume: medsam.Volume
) -> None:
    a_session.set_volume(a_volume)
    a_session.look_at(5, direction=1)
    events = a_session.pump()
    assert [e.window for e in of_kind(events, VolumeReady)] == [a_session.window]
    assert [e.index for e in of_kind(events, SliceReady)][:5] == [5, 6, 7, 8, 4]


def test_an_unknown_intensity_is_refused_at_once_and_nothing_changes(
    a_session: Session, a_volume: medsam.Volume
) -> None:
    other = medsam.Volume(a_volume.array_kji, a_volume.geometry)
    with pytest.raises(IntensityError):
        a_session.set_volume(other, "ct-sofft")
    assert a_session.volume is a_volume


def test_a_slice_that_is_not_there_is_refused(a_session: Session) -> None:
    with pytest.raises(PromptError, match="no slice 12"):
        a_session.look_at(12)


# Prompting


def test_a_box_gives_a_mask_that_is_the_object(a_session: Session, a_volume: medsam.Volume) -> None:
    a_session.prompt(LEFT)
    events = a_session.pump()
    assert of_kind(events, PreviewChanged)[-1].preview is a_session.preview
    assert medsam.metrics.dice(mask_of(a_session), is_left_ball(a_volume, MIDDLE)) > 0.9
    assert 0 < a_session.preview.confidence <= 1


def test_nothing_is_written_before_it_is_accepted(a_session: Session, a_writer: ArrayWriter) -> None:
    for x in range(30, 37):
        a_session.prompt((8, 16, x, 44))
        a_session.pump()
    assert a_writer.writes == [] and not a_writer.can_undo


def test_a_click_alone_gives_a_mask_too(a_session: Session, a_volume: medsam.Volume) -> None:
    a_session.prompt(clicks=[((22, 30), True)])
    a_session.pump()
    assert mask_of(a_session)[30, 22]


def test_a_negative_click_alone_gives_none(a_session: Session) -> None:
    a_session.prompt(clicks=[((22, 30), False)])
    a_session.pump()
    assert a_session.preview is None and a_session.marked is not None


def test_escape_takes_the_clicks_and_then_the_box(a_session: Session) -> None:
    a_session.prompt(LEFT)
    a_session.pump()
    with_box = mask_of(a_session)
    a_session.prompt(LEFT, [((22, 30), True), ((10, 18), False)])
    a_session.pump()
    assert a_session.undo_click() and len(a_session.marked.clicks) == 1
    assert a_session.escape()
    a_session.pump()
    np.testing.assert_array_equal(mask_of(a_session), with_box)
    assert a_session.escape()
    a_session.pump()
    assert a_session.preview is None and a_session.marked is None
    assert not a_session.escape() and not a_session.undo_click()


def test_each_segment_keeps_what_was_marked_for_it(a_session: Session) -> None:
    a_session.prompt(LEFT)
    a_session.pump()
    left = mask_of(a_session)
    a_session.select(RIGHT_ID)
    assert a_session.preview is None
    a_session.prompt(RIGHT)
    a_session.pump()
    assert not (mask_of(a_session) & left).any()
    a_session.select(LEFT_ID)
    a_session.pump()
    np.testing.assert_array_equal(mask_of(a_session), left)


def test_another_intensity_is_another_preview_of_the_same_box(a_session: Session) -> None:
    a_session.prompt(LEFT)
    a_session.pump()
    before = a_session.preview
    a_session.set_intensity("90,210")
    assert a_session.preview is None
    a_session.pump()
    assert a_session.preview is not None and a_session.preview is not before
    assert a_session.preview.prompt is before.prompt


def test_a_new_volume_forgets_what_was_marked(a_session: Session, a_volume: medsam.Volume) -> None:
    a_session.prompt(LEFT)
    a_session.set_volume(medsam.Volume(a_volume.array_kji[::-1].copy(), a_volume.geometry))
    a_session.pump()
    assert a_session.preview is None and a_session.marked is None


def test_nothing_of_the_old_volume_is_told_after_a_new_one_was_set(
    a_session: Session, a_volume: medsam.Volume
) -> None:
    a_session.look_at(5)
    a_session.prompt(LEFT)
    a_session.propagate("track")
    a_session.cancel()  # takes in what was answered
    a_session.set_volume(medsam.Volume(a_volume.array_kji[::-1].copy(), a_volume.geometry))
    kinds = [(type(e), getattr(e, "preview", None), getattr(e, "run", None)) for e in a_session.pump()]
    assert kinds[0][0] is PreviewChanged and kinds[0][1] is None
    assert [kind for kind, _, _ in kinds[1:]] == [RunChanged, VolumeReady]
    assert kinds[1][2].phase is Phase.DISCARDED


@pytest.mark.parametrize("axis", ["j", "i"])
def test_any_orientation_works_the_same(a_session: Session, a_writer: ArrayWriter, axis: str) -> None:
    grid = SliceGrid.along(a_session.volume.geometry, axis)
    index, box = {"j": (30, (8, 3, 36, 34)), "i": (22, (16, 3, 44, 34))}[axis]
    a_session.look_at(index, grid)
    a_session.prompt(box)
    a_session.pump()
    assert mask_of(a_session).shape == grid.shape_yx
    a_session.accept()
    written = a_writer.mask_kji(LEFT_ID)
    outside = np.delete(written, index, axis={"j": 1, "i": 2}[axis])
    assert written.any() and not outside.any(), "one plane of voxels, no more"


# Accepting


def test_accepting_writes_the_preview_as_one_step_and_undo_restores_all_bit_for_bit(
    a_session: Session, a_writer: ArrayWriter
) -> None:
    before = a_writer.mask_kji(LEFT_ID).copy()
    a_session.prompt(LEFT)
    a_session.pump()
    mask = mask_of(a_session)
    record = a_session.accept()
    np.testing.assert_array_equal(a_writer.mask_kji(LEFT_ID)[MIDDLE], mask)
    assert record.voxels == {LEFT_ID: mask.sum()}
    assert of_kind(a_session.pump(), Written)[0].record is record
    assert a_session.preview is None and a_session.marked is None
    assert a_session.undo()
    np.testing.assert_array_equal(a_writer.mask_kji(LEFT_ID), before)
    assert a_session.redo()
    np.testing.assert_array_equal(a_writer.mask_kji(LEFT_ID)[MIDDLE], mask)


def test_a_better_box_of_the_same_thing_takes_its_place_and_another_thing_is_added(
    a_session: Session, a_writer: ArrayWriter
) -> None:
    def accepted(box: tuple) -> np.ndarray:
        a_session.prompt(box)
        a_session.pump()
        mask = mask_of(a_session)
        a_session.accept()
        return mask

    hand = np.zeros(a_writer.shape_kji, bool)
    hand[MIDDLE, 2:5, 2:5] = True
    a_writer.write([SegmentEdit(LEFT_ID, VoxelPatch.of(hand), "add")])
    accepted((8, 16, 36, 44))
    better = accepted((10, 16, 34, 40))
    np.testing.assert_array_equal(a_writer.mask_kji(LEFT_ID)[MIDDLE], better | hand[MIDDLE])
    other = accepted(RIGHT)
    np.testing.assert_array_equal(a_writer.mask_kji(LEFT_ID)[MIDDLE], better | other | hand[MIDDLE])
    assert len(a_session.journal(LEFT_ID).entries) == 2, "the first box is in it no more"


def test_the_journal_follows_undo_and_redo(a_session: Session) -> None:
    lengths = []
    for box in (LEFT, RIGHT):
        a_session.prompt(box)
        a_session.pump()
        a_session.accept()
    for step in (None, a_session.undo, a_session.undo, a_session.redo):
        if step:
            step()
        journal = a_session.journal(LEFT_ID)
        lengths.append(0 if journal is None else len(journal.entries))
    assert lengths == [2, 1, 0, 1]


def test_the_journal_replayed_gives_the_identical_mask(
    a_session: Session, a_writer: ArrayWriter, demo_model: medsam.Model
) -> None:
    a_session.prompt(LEFT, [((22, 30), True), ((33, 18), False)])
    a_session.pump()
    a_session.accept()
    (entry,) = a_session.journal(LEFT_ID).entries
    prompts = medsam.Prompts((entry.prompt,))
    again = medsam.segment_volume(a_session.volume, prompts, demo_model, propagation=entry.propagation)
    np.testing.assert_array_equal(again.labels_kji == entry.prompt.label, a_writer.mask_kji(LEFT_ID))


def test_a_locked_neighbour_loses_no_voxel_and_the_preview_says_so(
    a_session: Session, a_writer: ArrayWriter
) -> None:
    wall = np.zeros(a_writer.shape_kji, bool)
    wall[:, :, 20:26] = True
    a_writer.write([SegmentEdit(RIGHT_ID, VoxelPatch.of(wall), "add")])
    a_writer.protect(RIGHT_ID)
    a_session.prompt(LEFT)
    a_session.pump()
    assert mask_of(a_session).any() and not (mask_of(a_session) & wall[MIDDLE]).any()
    a_session.accept()
    np.testing.assert_array_equal(a_writer.mask_kji(RIGHT_ID), wall)
    assert not (a_writer.mask_kji(LEFT_ID) & wall).any()


def test_what_cannot_be_is_refused_in_words(a_session: Session, a_writer: ArrayWriter) -> None:
    for act, said in (
        (a_session.accept, "draw a box"),
        (a_session.commit, "start one first"),
        (a_session.cancel, "start one first"),
        (lambda: a_session.propagate(), "nothing is marked"),
        (lambda: a_session.propagate("trakc"), "no strategy"),
        (lambda: a_session.correct(6, LEFT), "propagate it first"),
        (lambda: a_session.prompt(LEFT, index=40), "no slice 40"),
    ):
        with pytest.raises((PromptError, OptionError), match=said):
            act()
    a_writer.protect(LEFT_ID)
    with pytest.raises(PromptError, match="unlock"):
        a_session.prompt(LEFT)
    a_session.select(None)
    with pytest.raises(PromptError, match="select or add"):
        a_session.prompt(LEFT)


def test_without_a_model_prompts_wait_for_one(a_session: Session, demo_model: medsam.Model) -> None:
    a_session.set_model(None)
    a_session.prompt(LEFT)
    a_session.look_at(5)
    assert a_session.pump() == [] and a_session.preview is None
    with pytest.raises(OptionError, match="choose one"):
        a_session.accept()
    a_session.set_model(demo_model)
    a_session.pump()
    assert a_session.preview is not None


# Beside a thread

Threaded = Callable[..., tuple[Session, Worker]]


def test_while_a_hand_drags_every_answered_box_is_shown_and_the_last_one_stays(
    threaded: Threaded, demo_model: medsam.Model
) -> None:
    gate = Turnstile()
    session, _ = threaded(hindered(demo_model, gate))
    for x in range(20, 37):
        session.prompt((8, 16, x, 44), index=MIDDLE)
        if x == 20:
            gate.wait()
    gate.open()
    shown = [e.preview.prompt.box_xyxy[2] for e in of_kind(session.settle(20), PreviewChanged) if e.preview]
    assert shown == [20, 36], "the one under way, then the newest of those that waited"
    assert session.preview.prompt is session.marked


def test_accepting_before_the_mask_is_there_writes_it_once_it_is(
    threaded: Threaded, demo_model: medsam.Model, a_writer: ArrayWriter
) -> None:
    gate = Turnstile()
    session, _ = threaded(hindered(demo_model, gate))
    session.prompt(LEFT, index=MIDDLE)
    assert session.accept() is None and session.marked is None
    session.prompt(RIGHT, index=MIDDLE)
    gate.open()
    assert len(of_kind(session.settle(20), Written)) == 1
    assert a_writer.mask_kji(LEFT_ID)[MIDDLE, 30, 22] and not a_writer.mask_kji(LEFT_ID)[MIDDLE, 34, 56]
    assert session.preview.prompt is session.marked


def test_a_preview_goes_before_a_run_within_one_encoder_call_and_the_run_goes_on(
    threaded: Threaded, demo_model: medsam.Model
) -> None:
    gate = Turnstile()
    session, _ = threaded(hindered(demo_model, gate))
    run = session.propagate("track", prompts={RIGHT_ID: a_box(RIGHT)})
    gate.wait()
    session.prompt(LEFT, index=3)
    gate.open(2)  # the call under way, and the one for the slice that is prompted
    gate.wait()
    gate.wait()
    assert session.preview is None or session.preview.prompt.index == 3
    gate.open(100)
    session.settle(20)
    assert session.preview.prompt.index == 3
    assert run.phase is Phase.FINISHED and run.done > 3


def test_cancel_takes_effect_within_one_encoder_call_and_keeps_what_is_done(
    threaded: Threaded, demo_model: medsam.Model
) -> None:
    gate = Turnstile()
    session, worker = threaded(hindered(demo_model, gate))
    run = session.propagate("track", prompts={LEFT_ID: a_box(LEFT)})
    gate.open(3)
    for _ in range(4):
        gate.wait()
    session.pump()
    session.cancel()
    assert run.phase is Phase.CANCELLED
    gate.open()
    assert worker.wait_idle(20)
    assert gate.encoded == 4, "the call under way at the time, and no other"
    assert run.done == 3
    session.commit()
    assert of_kind(session.settle(20), Written)


def test_a_volume_that_changes_under_a_run_leaves_nothing_of_it(
    threaded: Threaded, demo_model: medsam.Model, a_volume: medsam.Volume, a_writer: ArrayWriter
) -> None:
    gate = Turnstile()
    session, _ = threaded(hindered(demo_model, gate))
    run = session.propagate("track", prompts={LEFT_ID: a_box(LEFT)})
    session.prompt(LEFT, index=MIDDLE)
    gate.wait()
    session.set_volume(medsam.Volume(a_volume.array_kji[::-1].copy(), a_volume.geometry))
    gate.open(100)
    session.settle(20)
    assert run.phase is Phase.DISCARDED and session.runs == () and session.preview is None
    assert a_writer.writes == []


@pytest.mark.parametrize("error", [RuntimeError("boom"), MemoryError(), SystemExit(1)])
def test_what_the_model_raises_reaches_the_face_and_the_next_request_works(
    threaded: Threaded, demo_model: medsam.Model, error: BaseException
) -> None:
    stumbling = Stumbling(every=1, error=lambda: error)
    session, _ = threaded(hindered(demo_model, stumbling))
    session.prompt(LEFT, index=MIDDLE)
    (failure,) = of_kind(session.settle(20), Failure)
    assert type(error).__name__ in failure.sentence and "\n" not in failure.sentence
    run = session.propagate("roi", prompts={LEFT_ID: a_box(LEFT)})
    assert len(of_kind(session.settle(20), Failure)) == 1
    assert run.phase is Phase.FAILED and run.error is error
    stumbling.every = 0
    session.prompt(LEFT, index=MIDDLE)
    assert of_kind(session.settle(20), Failure) == []
    assert session.preview is not None


def a_box(box: tuple, k: int = MIDDLE) -> medsam.SegmentPrompt:
    return medsam.SegmentPrompt("one", 1, (medsam.Box((*box[:2], k), (*box[2:], k)),))
