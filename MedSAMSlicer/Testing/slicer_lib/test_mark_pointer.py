"""The mouse, with a real interactor."""

from __future__ import annotations

from typing import Any

import pytest
from vtkmodules.vtkCommonCore import vtkCommand

from MedSAMSlicerLib.mark_pointer import MarkPointer
from testkit.effect_at_work import AtWork
from testkit.two_balls import LEFT, MIDDLE


class Mouse:
    """Moves and presses in one view.

    Attributes:
        negative: whether the toggle says so.
        may: whether marking is confirmed.
    """

    def __init__(self, at: AtWork, pane: int = 0) -> None:
        from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

        self.pane, self.negative, self.may = at.panes[pane], False, True
        self.pointer = MarkPointer(at.work, lambda: self.negative, lambda: self.may)
        self.interactor = vtkRenderWindowInteractor()

    def at(self, x: float, y: float, ctrl: bool = False, shift: bool = False) -> Mouse:
        """Over a pixel of the slice."""
        view_x, view_y = self.pane.place.to_view((x, y))
        self.interactor.SetEventInformation(round(view_x), round(view_y), int(ctrl), int(shift))
        return self

    def tell(self, event: str) -> bool:
        return self.pointer.handle(self.pane, getattr(vtkCommand, event), self.interactor)

    def press(self) -> bool:
        return self.tell("LeftButtonPressEvent")

    def move(self) -> bool:
        return self.tell("MouseMoveEvent")

    def release(self) -> bool:
        return self.tell("LeftButtonReleaseEvent")


@pytest.fixture
def a_mouse(at_work: AtWork) -> Mouse:
    return Mouse(at_work)


def marked(at: AtWork) -> Any:
    return at.work.bench.session.marked


def test_a_drag_makes_a_box_and_the_view_gets_none_of_it(at_work: AtWork, a_mouse: Mouse) -> None:
    assert a_mouse.at(*LEFT[:2]).press()
    assert a_mouse.at(20, 30).move() and a_mouse.at(*LEFT[2:]).move()
    assert a_mouse.release()
    assert marked(at_work).index == MIDDLE
    assert marked(at_work).box_xyxy == pytest.approx(LEFT, abs=1)
    assert not a_mouse.release(), "the button is up"


def test_a_click_adds_and_one_with_ctrl_or_the_toggle_takes_away(at_work: AtWork, a_mouse: Mouse) -> None:
    for ctrl, negative in ((False, False), (True, False), (False, True)):
        a_mouse.negative = negative
        a_mouse.at(22, 30, ctrl).press()
        a_mouse.release()
    assert [positive for _, positive in marked(at_work).clicks] == [True, False, False]


def test_shift_other_buttons_and_places_beside_the_image_stay_with_the_view(
    at_work: AtWork, a_mouse: Mouse
) -> None:
    assert not a_mouse.at(22, 30, shift=True).press()
    assert not a_mouse.at(22, 30).tell("RightButtonPressEvent")
    assert not a_mouse.at(22, 30).tell("MouseWheelForwardEvent")
    assert not a_mouse.at(-20, 30).press()
    assert not a_mouse.at(22, 30).move(), "nothing is held"
    assert marked(at_work) is None


def test_a_hidden_segment_is_not_marked_unless_it_is_confirmed(at_work: AtWork, a_mouse: Mouse) -> None:
    a_mouse.may = False
    assert not a_mouse.at(22, 30).press()
    assert not a_mouse.release() and marked(at_work) is None


def test_a_double_click_is_two_clicks_and_does_not_maximise_the_view(at_work: AtWork, a_mouse: Mouse) -> None:
    a_mouse.at(22, 30).press()
    a_mouse.release()
    assert a_mouse.tell("LeftButtonDoubleClickEvent")
    assert a_mouse.release()
    assert len(marked(at_work).clicks) == 2


def test_the_drag_stays_with_the_view_where_it_began(at_work: AtWork, a_mouse: Mouse) -> None:
    a_mouse.at(*LEFT[:2]).press()
    a_mouse.pane = at_work.panes[1]
    a_mouse.at(30, 6).move()
    a_mouse.release()
    assert marked(at_work).index == MIDDLE and marked(at_work).grid.axis == "k"


def test_a_button_held_while_the_effect_ends_is_forgotten(at_work: AtWork, a_mouse: Mouse) -> None:
    a_mouse.at(*LEFT[:2]).press()
    a_mouse.pointer.let_go()
    assert not a_mouse.at(*LEFT[2:]).move() and marked(at_work) is None


def test_the_slice_under_the_pointer_is_read_before_anything_is_pressed(
    at_work: AtWork, a_mouse: Mouse
) -> None:
    green = Mouse(at_work, pane=1)
    assert not green.at(40, 6).tell("EnterEvent")
    assert at_work.work.bench.session.grid.axis == "j"
    assert not a_mouse.at(22, 30).move()
    assert at_work.work.bench.session.grid.axis == "k"
    at_work.shop.settle()
