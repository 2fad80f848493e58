"""A box as a picture."""

from __future__ import annotations

import pytest
import torch

from medsam_core.models.network import (
    BOX_FIRST_CORNER,
    BOX_SECOND_CORNER,
    PADDING,
    POSITIVE,
    PromptTensors,
)
from medsam_training.compare.box_channel import box_channel


def boxes(*xyxy: tuple[float, ...]) -> PromptTensors:
    """Prompts of one box each, in pixels of the input."""
    points = torch.tensor(xyxy, dtype=torch.float32).reshape(-1, 2, 2)
    return PromptTensors(points, torch.tensor([[BOX_FIRST_CORNER, BOX_SECOND_CORNER]] * len(xyxy)))


def test_a_box_of_whole_pixels_is_one_inside_and_nothing_outside() -> None:
    (drawn,) = box_channel(boxes((2, 1, 5, 3)), 8)
    wanted = torch.zeros(8, 8)
    wanted[1:3, 2:5] = 1
    assert torch.equal(drawn[0], wanted)


def test_the_sum_is_the_area_wherever_the_edges_lie() -> None:
    drawn = box_channel(boxes((0.25, 1.5, 3.75, 2.25), (3.2, 3.3, 3.4, 3.9), (0, 0, 8, 8)), 8)
    areas = torch.tensor([3.5 * 0.75, 0.2 * 0.6, 64.0])
    torch.testing.assert_close(drawn.sum((1, 2, 3)), areas)


def test_corners_are_found_whatever_stands_before_them() -> None:
    plain = box_channel(boxes((1, 1, 4, 6)), 8)
    points = torch.tensor([[[7.0, 7.0], [1.0, 1.0], [4.0, 6.0]]])
    clicked = PromptTensors(points, torch.tensor([[POSITIVE, BOX_FIRST_CORNER, BOX_SECOND_CORNER]]))
    assert torch.equal(box_channel(clicked, 8), plain)


def test_a_prompt_without_a_box_is_refused() -> None:
    click = PromptTensors(torch.zeros(1, 2, 2), torch.tensor([[POSITIVE, PADDING]]))
    with pytest.raises(ValueError, match="exactly one box"):
        box_channel(click, 8)
