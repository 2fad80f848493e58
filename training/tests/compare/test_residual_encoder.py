"""The encoder of DeepLabV3+."""

from __future__ import annotations

import pytest
import torch

from medsam_training.compare.residual_encoder import ResidualBlock, ResidualEncoder


@pytest.mark.parametrize(
    ("size", "low", "high"),
    [((64, 64), (16, 16), (4, 4)), ((65, 97), (17, 25), (5, 7)), ((33, 16), (9, 4), (3, 1))],
)
def test_maps_are_a_quarter_and_a_sixteenth_of_the_image_rounded_up(size, low, high) -> None:
    encoder = ResidualEncoder(4, 8, (1, 1, 1, 1))
    maps = encoder(torch.zeros(2, 4, *size))
    assert [tuple(m.shape) for m in maps] == [(2, 8, *low), (2, 64, *high)]
    assert (encoder.low_channels, encoder.high_channels) == (8, 64)


def test_the_last_stage_looks_twice_as_far_instead_of_halving_the_map() -> None:
    stage = ResidualEncoder(4, 8, (1, 1, 1, 2)).stages[3]
    convolutions = [part for part in stage.modules() if getattr(part, "kernel_size", None) == (3, 3)]
    assert len(convolutions) == 4
    assert all(part.dilation == (2, 2) and part.stride == (1, 1) for part in convolutions)


def test_a_block_without_weights_of_its_own_passes_its_input_on() -> None:
    block = ResidualBlock(8, 8)
    for part in (block.first, block.second):
        torch.nn.init.zeros_(part[0].weight)
    features = torch.rand(1, 8, 5, 5)
    assert torch.equal(block(features), features)


def test_resnet_18_has_its_published_number_of_weights() -> None:
    # 11,176,512 without the last layer and with three channels; biases of norms and shortcuts included.
    counted = sum(weight.numel() for weight in ResidualEncoder(3, 64, (2, 2, 2, 2)).parameters())
    assert counted == 11_176_512
