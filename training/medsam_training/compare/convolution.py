"""The convolutions that DeepLabV3+ is made of.

Normalised by groups (Wu and He, Group Normalization, ECCV 2018), not by batches as in the paper: a batch of
four slices on one's own machine is too small for batch statistics, the pooled branch has one value per
channel, and what one slice gives must not depend on its neighbours, nor on how many processes share a batch.
"""

from __future__ import annotations

import math

from torch import nn

_GROUPS = 8


def group_norm(channels: int) -> nn.GroupNorm:
    """Eight groups, or as many as divide the channels."""
    return nn.GroupNorm(math.gcd(_GROUPS, channels), channels)


def convolution(
    inputs: int, outputs: int, kernel: int = 3, stride: int = 1, rate: int = 1, active: bool = True
) -> nn.Sequential:
    """Convolution, norm and, if `active`, ReLU; the size stays (but for the stride)."""
    padding = rate * (kernel // 2)
    layer = nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation=rate, bias=False)
    return nn.Sequential(layer, group_norm(outputs), *([nn.ReLU(inplace=True)] if active else []))


def separable(inputs: int, outputs: int, rate: int = 1) -> nn.Sequential:
    """The paper's atrous separable convolution: 3 x 3 for each channel at a rate, then 1 x 1 across them."""
    depthwise = nn.Conv2d(inputs, inputs, 3, padding=rate, dilation=rate, groups=inputs, bias=False)
    return nn.Sequential(depthwise, *convolution(inputs, outputs, kernel=1))
