"""Atrous spatial pyramid pooling: one map seen at several scales at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from medsam_training.compare.convolution import convolution, separable

PUBLISHED_RATES, PUBLISHED_SIZE = (6, 12, 18), 512
"""Of DeepLabV3 and V3+ at output stride 16, for crops of 513 pixels (a 33 x 33 map)."""


def rates_for(image_size: int) -> tuple[int, ...]:
    """The published rates at the published size; in proportion to it elsewhere.

    On the 16 x 16 map of a 256 input a rate of 18 would see nothing but padding: DeepLabV3 (Chen et al. 2017,
    section 3.3) describes how such a filter shrinks to its middle weight.
    """
    return tuple(max(1, round(rate * image_size / PUBLISHED_SIZE)) for rate in PUBLISHED_RATES)


class AtrousPyramid(nn.Module):
    """A 1 x 1 convolution, one 3 x 3 for each rate, and the mean of the whole map, fused by 1 x 1.

    Args:
        inputs, outputs: channels.
        rates: how many places apart the 3 x 3 weights lie.
    """

    def __init__(self, inputs: int, outputs: int, rates: Sequence[int]) -> None:
        super().__init__()
        near = convolution(inputs, outputs, kernel=1)
        self.branches = nn.ModuleList([near, *(separable(inputs, outputs, rate) for rate in rates)])
        self.whole = nn.Sequential(nn.AdaptiveAvgPool2d(1), *convolution(inputs, outputs, kernel=1))
        self.fuse = convolution((len(self.branches) + 1) * outputs, outputs, kernel=1)

    def forward(self, features: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h, w)."""
        whole = self.whole(features).expand(-1, -1, *features.shape[-2:])
        return self.fuse(torch.cat([*(branch(features) for branch in self.branches), whole], 1))
