"""Pieces of drawing, one at a turn."""

from __future__ import annotations

from typing import Any

from MedSAMSlicerLib.late_drawing import PACE_SECONDS, LateDrawing


class Drawn:
    """What was drawn, and a clock that a test turns."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.now = 0.0
        self.late = LateDrawing(self.done.append, lambda: self.done.append("words"), lambda: self.now)

    def turns(self, count: int, seconds: float = PACE_SECONDS) -> None:
        for _ in range(count):
            self.late.serve()
            self.now += seconds


def test_a_turn_draws_one_view_and_the_words_come_last() -> None:
    drawn = Drawn()
    drawn.late.ask(["red", "green"])
    drawn.turns(1)
    assert drawn.done == ["red"] and drawn.late.is_waiting
    drawn.turns(5)
    assert drawn.done == ["red", "green", "words"] and not drawn.late.is_waiting


def test_turns_that_come_too_soon_draw_nothing() -> None:
    drawn = Drawn()
    drawn.late.ask(["red", "green"])
    drawn.turns(10, PACE_SECONDS / 10)
    assert drawn.done == ["red"]


def test_what_is_asked_for_twice_is_drawn_once_and_again_if_asked_after() -> None:
    drawn = Drawn()
    drawn.late.ask(["red", "green"])
    drawn.late.ask(["green", "red"])
    drawn.turns(3)
    assert drawn.done == ["red", "green", "words"]
    drawn.late.ask(["red"])
    drawn.turns(2)
    assert drawn.done[3:] == ["red", "words"]


def test_what_is_forgotten_is_not_drawn() -> None:
    drawn = Drawn()
    drawn.late.ask(["red"])
    drawn.late.forget()
    drawn.turns(3)
    assert drawn.done == [] and not drawn.late.is_waiting
