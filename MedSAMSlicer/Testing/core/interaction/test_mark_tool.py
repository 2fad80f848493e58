"""The left button while marking."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from medsam_core.interaction.mark_tool import A_CLICK, REACH, MarkTool
from medsam_core.interaction.marking import Marking
from medsam_core.session.session import Session
from testkit.panes import APane, view_xy
from testkit.two_balls import LEFT

MakePane = Callable[..., APane]


@pytest.fixture
def a_tool(a_marking: Marking) -> MarkTool:
    """On an ordinary screen."""
    return MarkTool(a_marking)


def drag(tool: MarkTool, pane: APane, start: tuple, end: tuple, ctrl: bool = False) -> None:
    """Press, move in two steps, release; in pixels of the slice."""
    middle = tuple((a + b) / 2 for a, b in zip(start, end, strict=True))
    tool.press(pane, view_xy(pane, *start), ctrl)
    for at in (middle, end):
        tool.drag(pane, view_xy(pane, *at))
    tool.release(pane, view_xy(pane, *end))


def test_a_drag_draws_a_box_from_where_it_began_to_where_it_ends(
    a_tool: MarkTool, a_session: Session, pane_of: MakePane
) -> None:
    drag(a_tool, pane_of(), (36, 44), (8, 16))
    assert a_session.marked.box_xyxy == LEFT
    assert a_session.marked.clicks == ()


def test_an_edge_can_be_taken_and_moved_alone(
    a_tool: MarkTool, a_session: Session, pane_of: MakePane
) -> None:
    drag(a_tool, pane_of(), LEFT[:2], LEFT[2:])
    drag(a_tool, pane_of(), (36, 30), (30, 35))
    assert a_session.marked.box_xyxy == (8, 16, 30, 44)


def test_the_inside_moves_the_whole_box(a_tool: MarkTool, a_session: Session, pane_of: MakePane) -> None:
    drag(a_tool, pane_of(), LEFT[:2], LEFT[2:])
    drag(a_tool, pane_of(), (20, 30), (24, 33))
    assert a_session.marked.box_xyxy == (12, 19, 40, 47)


@pytest.mark.parametrize("ctrl", [False, True])
def test_a_hand_that_trembles_clicks(
    a_tool: MarkTool, a_session: Session, pane_of: MakePane, ctrl: bool
) -> None:
    pane = pane_of()
    x, y = view_xy(pane, 20, 30)
    a_tool.press(pane, (x, y), ctrl)
    a_tool.drag(pane, (x + A_CLICK - 1, y - A_CLICK + 1))
    a_tool.release(pane, (x + A_CLICK - 1, y - A_CLICK + 1))
    assert a_session.marked.box_xyxy is None
    assert a_session.marked.clicks == (((20, 30), not ctrl),)


def test_ctrl_never_draws_a_box(a_tool: MarkTool, a_session: Session, pane_of: MakePane) -> None:
    drag(a_tool, pane_of(), (8, 16), (36, 44), ctrl=True)
    assert a_session.marked.box_xyxy is None
    assert a_session.marked.clicks == (((8, 16), False),)


@pytest.mark.parametrize("beside", [(-5, 30), (200, 30), (20, 70)])
def test_a_press_beside_the_image_does_nothing(
    a_tool: MarkTool, a_session: Session, pane_of: MakePane, beside: tuple
) -> None:
    pane = pane_of()
    a_tool.press(pane, view_xy(pane, *beside), False)
    assert not a_tool.is_pressed
    a_tool.drag(pane, view_xy(pane, 20, 30))
    a_tool.release(pane, view_xy(pane, 20, 30))
    assert a_session.marked is None


def test_a_drag_may_end_beside_the_image(a_tool: MarkTool, a_session: Session, pane_of: MakePane) -> None:
    drag(a_tool, pane_of(), (60, 50), (300, 300))
    assert a_session.marked.box_xyxy == (60, 50, 79, 63)


def test_the_button_is_held_from_press_to_release(a_tool: MarkTool, pane_of: MakePane) -> None:
    pane = pane_of()
    assert not a_tool.is_pressed
    a_tool.press(pane, view_xy(pane, 20, 30), False)
    assert a_tool.is_pressed
    a_tool.release(pane, view_xy(pane, 20, 30))
    assert not a_tool.is_pressed


@pytest.mark.parametrize("zoom", [1.0, 2.5, 7.0])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_an_edge_is_as_easily_taken_at_every_zoom_and_on_every_screen(
    a_marking: Marking, pane_of: MakePane, zoom: float, scale: float
) -> None:
    pane, tool = pane_of(zoom=zoom), MarkTool(a_marking, scale)
    a_marking.drag_box(pane, (10, 10, 70, 55))
    a_marking.end_box()
    x, y = view_xy(pane, 70, 30)
    assert tool.grip_at(pane, (x + (REACH - 0.5) * scale, y)).moves == (False, False, True, False)
    assert tool.grip_at(pane, (x + (REACH + 0.5) * scale, y)) is None


def test_what_would_be_taken_is_told_before_the_press(
    a_tool: MarkTool, a_session: Session, pane_of: MakePane
) -> None:
    pane = pane_of()
    assert a_tool.grip_at(pane, view_xy(pane, 20, 30)) is None
    drag(a_tool, pane, LEFT[:2], LEFT[2:])
    assert all(a_tool.grip_at(pane, view_xy(pane, 20, 30)).moves)
    assert a_tool.grip_at(pane_of(3), view_xy(pane, 20, 30)) is None, "the box is on another slice"


def test_a_box_whose_view_scrolls_away_under_the_hand_stays_on_a_slice(
    a_tool: MarkTool, a_session: Session, pane_of: MakePane
) -> None:
    pane, other = pane_of(), pane_of(3)
    a_tool.press(pane, view_xy(pane, 8, 16), False)
    a_tool.drag(pane, view_xy(pane, 30, 40))
    pane.place = other.place
    a_tool.drag(pane, view_xy(pane, 36, 44))
    a_tool.release(pane, view_xy(pane, 36, 44))
    assert (a_session.marked.index, a_session.marked.box_xyxy) == (3, LEFT)
