"""Only what was hidden counts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medsam_training.pretrain.config import Masking
from medsam_training.pretrain.painting_loss import painting_loss, square_statistics, target_of

SIDE, PATCH = 8, 2


@pytest.fixture()
def a_batch() -> tuple[torch.Tensor, ...]:
    """Paintings, images, hidden squares and where there is no padding; the first image has padding below."""
    torch.manual_seed(0)
    hidden = torch.rand(2, SIDE // PATCH, SIDE // PATCH) > 0.4
    hidden[:, 0, 0] = True
    inside = torch.ones(2, SIDE, SIDE, dtype=torch.bool)
    inside[0, 5:] = False
    return torch.rand(2, 3, SIDE, SIDE), torch.rand(2, 3, SIDE, SIDE), hidden, inside


@pytest.mark.parametrize("loss", ["l1", "l2"])
def test_it_is_the_mean_error_over_the_hidden_pixels_of_each_image(
    a_batch: tuple[torch.Tensor, ...], loss: str
) -> None:
    painted, images, hidden, inside = a_batch
    found = painting_loss(*a_batch, Masking(patch=PATCH, loss=loss))
    for row in range(2):
        counted = []
        for y, x in np.ndindex(SIDE, SIDE):
            if hidden[row, y // PATCH, x // PATCH] and inside[row, y, x]:
                error = (painted[row, :, y, x] - images[row, :, y, x]).abs()
                counted += (error if loss == "l1" else error**2).tolist()
        assert float(found[row]) == pytest.approx(np.mean(counted), rel=1e-5)


def test_what_is_shown_and_what_is_padding_changes_nothing(a_batch: tuple[torch.Tensor, ...]) -> None:
    painted, images, hidden, inside = a_batch
    painted.requires_grad_(True)
    painting_loss(painted, images, hidden, inside, Masking(patch=PATCH)).sum().backward()
    counted = hidden.repeat_interleave(PATCH, 1).repeat_interleave(PATCH, 2) & inside
    moved = painted.grad.abs().sum(1) > 0
    assert torch.equal(moved, counted)


def test_squares_are_brought_to_zero_mean_and_unit_spread() -> None:
    images = torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    target = target_of(images, Masking(patch=4, target="patches"))
    mean, spread = square_statistics(target, 4)
    assert torch.allclose(mean, torch.zeros_like(mean), atol=1e-5)
    assert torch.allclose(spread, torch.ones_like(spread), atol=1e-3)


def test_an_even_square_is_no_number_to_fear() -> None:
    target = target_of(torch.full((1, 3, SIDE, SIDE), 0.5), Masking(patch=4, target="patches"))
    assert torch.isfinite(target).all()
    assert target.abs().max() < 1e-2
