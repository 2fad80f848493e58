"""Boxes and clicks on their way to the session."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from medsam_core.errors import PromptError
from medsam_core.interaction.marking import Marking
from medsam_core.session.session import Session
from testkit.array_writer import ArrayWriter
from testkit.panes import APane
from testkit.two_balls import LEFT, MIDDLE

MakePane = Callable[..., APane]


def test_without_a_volume_nothing_is_marked_and_nothing_fails(pane_of: MakePane) -> None:
    marking = Marking(lambda: None, lambda: None, lambda: None)
    pane = pane_of()
    marking.hover(pane)
    marking.drag_box(pane, LEFT)
    marking.click(pane, (3, 3), positive=True)
    assert marking.box_on(pane) is None
    assert marking.clicks_on(pane) == ()
    assert not marking.is_dragging


def test_beside_the_volume_nothing_is_marked(a_session: Session, a_marking: Marking) -> None:
    nowhere = APane(None)
    a_marking.hover(nowhere)
    a_marking.drag_box(nowhere, LEFT)
    a_marking.click(nowhere, (3, 3), positive=True)
    assert a_session.marked is None
    assert a_marking.box_on(nowhere) is None


def test_a_slice_under_the_pointer_is_read_before_anything_is_drawn(
    a_session: Session, a_marking: Marking, pane_of: MakePane
) -> None:
    a_marking.hover(pane_of(3))
    assert a_session.index == 3
    a_marking.hover(pane_of(30, "j"))
    assert (a_session.index, a_session.grid.axis) == (30, "j")


def test_the_session_is_told_of_every_move_of_a_box(
    a_session: Session, a_marking: Marking, pane_of: MakePane
) -> None:
    pane = pane_of()
    a_marking.begin_box(pane, is_new=True)
    for x1 in (20, 28, 36):
        a_marking.drag_box(pane, (8, 16, x1, 44))
        assert a_session.marked.box_xyxy == (8, 16, x1, 44)
    assert a_marking.is_dragging
    a_marking.end_box()
    assert not a_marking.is_dragging
    assert a_marking.box_on(pane) == LEFT


def test_a_dragged_box_is_drawn_as_the_pointer_is_and_then_as_it_is_asked(
    a_marking: Marking, pane_of: MakePane
) -> None:
    pane = pane_of()
    a_marking.begin_box(pane, is_new=True)
    a_marking.drag_box(pane, (8.3, 16.4, 35.6, 43.7))
    assert a_marking.box_on(pane) == (8.3, 16.4, 35.6, 43.7)
    a_marking.end_box()
    assert a_marking.box_on(pane) == LEFT


def test_a_box_is_drawn_on_its_slice_in_every_view_of_it_and_on_no_other(
    a_marking: Marking, pane_of: MakePane
) -> None:
    a_marking.drag_box(pane_of(), LEFT)
    for is_dragged in (True, False):
        assert a_marking.is_dragging is is_dragged
        assert a_marking.box_on(pane_of(zoom=1.5)) == LEFT
        assert a_marking.box_on(pane_of(MIDDLE + 1)) is None
        assert a_marking.box_on(pane_of(MIDDLE, "j")) is None
        a_marking.end_box()


def test_clicks_add_to_a_box_and_a_new_box_takes_the_place_of_both(
    a_marking: Marking, pane_of: MakePane
) -> None:
    pane = pane_of()
    a_marking.begin_box(pane, is_new=True)
    a_marking.drag_box(pane, LEFT)
    a_marking.end_box()
    a_marking.click(pane, (20, 30), positive=True)
    a_marking.click(pane, (10, 18), positive=False)
    assert a_marking.clicks_on(pane) == (((20, 30), True), ((10, 18), False))
    a_marking.begin_box(pane, is_new=False)
    a_marking.drag_box(pane, (8, 16, 34, 44))
    a_marking.end_box()
    assert len(a_marking.clicks_on(pane)) == 2, "an edge was moved; what was clicked is still meant"
    a_marking.begin_box(pane, is_new=True)
    a_marking.drag_box(pane, (50, 20, 60, 40))
    assert a_marking.clicks_on(pane) == ()


def test_a_click_on_another_slice_begins_anew_there(
    a_session: Session, a_marking: Marking, pane_of: MakePane
) -> None:
    a_marking.drag_box(pane_of(), LEFT)
    a_marking.end_box()
    a_marking.click(pane_of(3), (20, 30), positive=True)
    assert (a_session.marked.index, a_session.marked.box_xyxy) == (3, None)
    assert a_marking.clicks_on(pane_of(3)) == (((20, 30), True),)


def test_a_segment_is_made_sure_of_before_anything_is_marked(a_session: Session, pane_of: MakePane) -> None:
    a_session.select(None)
    marking = Marking(lambda: a_session, lambda: a_session.select("Segment_2"), lambda: None)
    marking.begin_box(pane_of(), is_new=True)
    marking.drag_box(pane_of(), LEFT)
    assert a_session.marked.segment_id == "Segment_2"


def test_a_box_that_is_refused_is_not_drawn(
    a_session: Session, a_marking: Marking, a_writer: ArrayWriter, pane_of: MakePane
) -> None:
    a_writer.protect("Segment_1")
    with pytest.raises(PromptError, match="is protected"):
        a_marking.drag_box(pane_of(), LEFT)
    assert a_marking.box_on(pane_of()) is None
    assert not a_marking.is_dragging


def test_what_was_drawn_is_asked_to_be_shown(a_session: Session, pane_of: MakePane) -> None:
    seen = []
    marking = Marking(lambda: a_session, lambda: None, lambda: seen.append(marking.box_on(pane_of())))
    marking.drag_box(pane_of(), LEFT)
    marking.end_box()
    assert seen == [LEFT, LEFT]
