"""A box that reaches through slices."""

from __future__ import annotations

import pytest

from medsam_core.errors import PromptError
from medsam_core.interaction.box_through import box_through
from medsam_core.prompts import Box
from medsam_core.session.session import Session
from testkit.two_balls import LEFT, MIDDLE


@pytest.mark.parametrize(
    ("ends", "slices"),
    [((4, 8), (4, 8)), ((8, 4), (4, 8)), ((MIDDLE, MIDDLE), (MIDDLE, MIDDLE)), ((-3, 99), (0, 11))],
)
def test_the_box_is_the_same_on_every_slice_from_one_end_to_the_other(
    a_session: Session, ends: tuple[int, int], slices: tuple[int, int]
) -> None:
    a_session.prompt(LEFT, [((20, 30), True)])
    prompt = box_through(a_session.marked, *ends)
    low, high = slices
    assert prompt.boxes == (Box((8, 16, low), (36, 44, high)),)
    assert [point.ijk for point in prompt.points] == [(20, 30, MIDDLE)]


def test_within_it_no_other_slice_is_touched(a_session: Session) -> None:
    a_session.prompt(LEFT)
    marked = a_session.marked
    run = a_session.propagate("roi", prompts={"Segment_1": box_through(marked, 5, 8)}, grid=marked.grid)
    a_session.pump()
    assert sorted(run.segments["Segment_1"].slices) == [5, 6, 7, 8]
    assert all(result.area for result in run.segments["Segment_1"].slices.values())


def test_without_a_box_it_is_said_what_to_do(a_session: Session) -> None:
    with pytest.raises(PromptError, match="drag one"):
        box_through(a_session.marked, 1, 2)
    a_session.prompt(clicks=[((20, 30), True)])
    with pytest.raises(PromptError, match="drag one"):
        box_through(a_session.marked, 1, 2)
