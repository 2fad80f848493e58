"""The model reads where the user looks: the slice on screen first, then the way ahead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import medsam_core as medsam
from medsam_core.errors import PromptError
from medsam_core.jobs.worker import Worker
from medsam_core.session.events import SliceReady
from medsam_core.session.session import Session
from medsam_core.slice_grid import SliceGrid
from testkit.hindered_models import Turnstile, hindered
from testkit.two_balls import MIDDLE

Threaded = Callable[..., tuple[Session, Worker]]


def read_slices(session: Session) -> list[int]:
    return [e.index for e in session.settle(20) if isinstance(e, SliceReady)]


def test_the_slice_on_screen_is_read_first_then_three_ahead_for_each_behind(
    threaded: Threaded, demo_model: medsam.Model
) -> None:
    session, _ = threaded(demo_model)
    session.look_at(MIDDLE, direction=-1)
    assert read_slices(session) == [6, 5, 4, 3, 7, 2, 1, 0, 8]
    assert (session.index, session.grid.axis) == (MIDDLE, "k")


def test_who_moves_on_waits_for_one_encoder_call_at_most(
    threaded: Threaded, demo_model: medsam.Model
) -> None:
    gate = Turnstile()
    session, _ = threaded(hindered(demo_model, gate))
    session.look_at(2, direction=1)
    gate.wait()
    session.look_at(9, direction=1)
    gate.open(100)
    assert read_slices(session) == [9, 10, 11, 8, 7, 6, 5, 4, 3], "2 was under way, and told no more"
    assert gate.encoded == 10


def test_slices_ahead_wait_for_a_run_and_the_slice_on_screen_does_not(
    threaded: Threaded, demo_model: medsam.Model
) -> None:
    gate = Turnstile()
    session, worker = threaded(hindered(demo_model, gate))
    box = medsam.SegmentPrompt("one", 1, (medsam.Box((8, 16, 4), (36, 44, 5)),))
    run = session.propagate("roi", prompts={"Segment_1": box})
    gate.wait()
    session.look_at(9)
    gate.open(2)
    gate.wait()
    gate.wait()
    session.pump()
    assert (run.done, gate.encoded) == (1, 2), "slice 4 of the run, then slice 9; 5 is next"
    gate.open()
    gate.wait()
    session.pump()
    assert (run.done, gate.encoded) == (2, 3), "then the run, and only then slices 10 and 8"
    gate.open(100)
    assert worker.wait_idle(20)


def test_another_orientation_is_read_on_its_own_planes(threaded: Threaded, demo_model: medsam.Model) -> None:
    session, _ = threaded(demo_model)
    front = SliceGrid.along(session.volume.geometry, "j")
    session.look_at(40, front)
    assert read_slices(session)[:3] == [40, 41, 39]
    with pytest.raises(PromptError, match="no slice 64"):
        session.look_at(64)
