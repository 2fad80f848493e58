"""Whatever a hand does on a slice becomes whole pixels inside of it, or nothing yet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.prompts import Box, Point
from medsam_core.session.live_prompt import LivePrompt
from medsam_core.slice_grid import SliceGrid

GEOMETRY = Geometry((40, 30, 5), np.eye(4))
GRID = SliceGrid.along(GEOMETRY)
PLACE = st.floats(-100, 100)


@given(st.tuples(PLACE, PLACE, PLACE, PLACE))
def test_any_drag_is_a_box_inside_the_slice_or_none_yet(corners: tuple[float, ...]) -> None:
    prompt = LivePrompt.of("s", GRID, 2, corners)
    if prompt.box_xyxy is None:
        assert not prompt.is_askable
        return
    x0, y0, x1, y1 = prompt.box_xyxy
    assert 0 <= x0 < x1 <= 39 and 0 <= y0 < y1 <= 29
    prompt.segment().boxes[0].check_inside(GEOMETRY)


def test_corners_may_come_in_any_order() -> None:
    boxes = {
        LivePrompt.of("s", GRID, 0, b).box_xyxy for b in [(3, 4, 10, 12), (10, 4, 3, 12), (10, 12, 3, 4)]
    }
    assert boxes == {(3, 4, 10, 12)}


def test_box_and_clicks_are_prompts_of_their_slice() -> None:
    prompt = LivePrompt.of("s", GRID, 2, (3.4, 4.6, 10, 12), [((5.5, 6), True), ((7, 7), False)])
    segment = prompt.segment()
    assert segment.boxes == (Box((3, 5, 2), (10, 12, 2)),)
    assert segment.points == (Point((6, 6, 2), True), Point((7, 7, 2), False))


def test_a_positive_click_alone_can_be_asked_and_a_negative_one_cannot() -> None:
    assert LivePrompt.of("s", GRID, 0, None, [((1, 1), True)]).is_askable
    assert not LivePrompt.of("s", GRID, 0, None, [((1, 1), False)]).is_askable


def test_clicks_are_taken_back_one_by_one_or_all() -> None:
    prompt = LivePrompt.of("s", GRID, 0, (1, 1, 9, 9), [((1, 1), True), ((2, 2), False)])
    assert prompt.without_last_click().clicks == (((1, 1), True),)
    assert prompt.without_clicks().clicks == () and prompt.without_clicks().box_xyxy == (1, 1, 9, 9)


@pytest.mark.parametrize(
    ("index", "box", "clicks", "said"),
    [
        (5, None, [], "no slice 5"),
        (-1, None, [], "no slice -1"),
        (0, (1, 2, 3), [], "4 finite numbers"),
        (0, (1, 2, 3, float("nan")), [], "4 finite numbers"),
        (0, None, [((40, 3), True)], "outside of the slice"),
        (0, None, [((1, 2, 3), True)], "2 finite numbers"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(index: int, box: object, clicks: list, said: str) -> None:
    with pytest.raises(PromptError, match=said):
        LivePrompt.of("s", GRID, index, box, clicks)  # type: ignore[arg-type]
