"""What goes through the volume when the user says no more than that."""

from __future__ import annotations

import pytest

import medsam_core as medsam
from medsam_core.errors import PromptError
from medsam_core.session.run_state import Run
from medsam_core.session.session import Session
from medsam_core.slice_grid import SliceGrid
from testkit.two_balls import LEFT, MIDDLE, RIGHT

SEGMENT = "Segment_1"


def accept(session: Session, box: tuple, index: int) -> None:
    session.prompt(box, index=index)
    session.settle()
    session.accept()


def boxes_of(run: Run) -> set[tuple]:
    return {(*box.box_xyxy, box.min_ijk[2]) for box in run.segments[SEGMENT].prompt.boxes}


def test_what_is_marked_goes_before_what_was_accepted(a_session: Session) -> None:
    accept(a_session, LEFT, MIDDLE)
    a_session.prompt(RIGHT, index=5)
    assert boxes_of(a_session.propagate("track")) == {(*RIGHT, 5)}


def test_what_was_accepted_last_goes_if_nothing_is_marked(a_session: Session) -> None:
    accept(a_session, LEFT, MIDDLE)
    accept(a_session, RIGHT, 5)
    assert boxes_of(a_session.propagate("track")) == {(*RIGHT, 5)}


def test_between_anchors_everything_goes(a_session: Session) -> None:
    accept(a_session, LEFT, 3)
    accept(a_session, LEFT, 9)
    a_session.prompt(LEFT, index=MIDDLE)
    run = a_session.propagate("anchors")
    a_session.settle()
    assert boxes_of(run) == {(*LEFT, 3), (*LEFT, MIDDLE), (*LEFT, 9)}
    assert sorted(run.segments[SEGMENT].slices) == list(range(3, 10))


def test_prompts_of_another_orientation_stay_at_home(a_session: Session, a_volume: medsam.Volume) -> None:
    accept(a_session, LEFT, 3)
    front = SliceGrid.along(a_volume.geometry, "j")
    a_session.look_at(30, front)
    accept(a_session, (8, 3, 36, 34), 30)
    run = a_session.propagate("anchors")
    assert boxes_of(run) == {(8, 3, 36, 34, 30)} and run.subject.grid.axis == "j"


def test_nothing_marked_and_nothing_accepted_is_refused(a_session: Session) -> None:
    with pytest.raises(PromptError, match="nothing is marked"):
        a_session.propagate("track")
