"""Atrous spatial pyramid pooling."""

from __future__ import annotations

import torch

from medsam_training.compare.atrous_pyramid import AtrousPyramid, rates_for


def test_rates_are_the_published_ones_at_the_published_size_and_in_proportion_elsewhere() -> None:
    assert rates_for(512) == (6, 12, 18)
    assert rates_for(1024) == (12, 24, 36)
    assert rates_for(256) == (3, 6, 9)
    assert rates_for(32) == (1, 1, 1)


def test_each_branch_sees_as_far_as_its_rate_and_the_pooled_one_everything() -> None:
    pyramid = AtrousPyramid(8, 16, rates_for(256))
    reach = [_reach(branch[0]) for branch in pyramid.branches]
    assert reach == [0, 3, 6, 9]
    image = torch.randn(1, 8, 23, 23, requires_grad=True)
    pyramid(image)[0, :, 11, 11].square().sum().backward()
    assert (image.grad != 0).any(1).all()  # the mean of the whole map


def test_its_answer_has_the_size_of_its_input_down_to_one_place() -> None:
    pyramid = AtrousPyramid(8, 16, (1, 2, 3))
    assert pyramid(torch.rand(2, 8, 3, 5)).shape == (2, 16, 3, 5)
    assert pyramid(torch.rand(1, 8, 1, 1)).shape == (1, 16, 1, 1)


def _reach(layer: torch.nn.Module) -> int:
    """How far from the middle a convolution's farthest weight is."""
    image = torch.zeros(1, 8, 23, 23, requires_grad=True)
    layer(image)[0, :, 11, 11].sum().backward()
    return int((image.grad.abs().sum(1)[0].nonzero() - 11).abs().max())
