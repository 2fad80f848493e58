"""The convolutions of DeepLabV3+."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from medsam_training.compare.convolution import convolution, group_norm, separable


def test_an_atrous_convolution_sees_exactly_the_nine_places_of_its_rate() -> None:
    layer = separable(1, 1, rate=3)[0]
    image = torch.zeros(1, 1, 15, 15, requires_grad=True)
    layer(image)[0, 0, 7, 7].backward()
    seen = {tuple(place) for place in image.grad[0, 0].nonzero().tolist()}
    assert seen == {(y, x) for y in (4, 7, 10) for x in (4, 7, 10)}


@pytest.mark.parametrize("rate", [1, 2, 5])
def test_a_rate_keeps_the_size(rate: int) -> None:
    assert convolution(3, 8, rate=rate)(torch.zeros(1, 3, 13, 11)).shape == (1, 8, 13, 11)


@pytest.mark.parametrize(("channels", "groups"), [(64, 8), (48, 8), (12, 4), (7, 1)])
def test_groups_divide_the_channels(channels: int, groups: int) -> None:
    assert group_norm(channels).num_groups == groups


def test_an_inactive_convolution_may_be_negative() -> None:
    assert not any(isinstance(part, nn.ReLU) for part in convolution(3, 8, active=False))
