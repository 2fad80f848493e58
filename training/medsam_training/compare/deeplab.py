"""DeepLabV3+."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from medsam_training.compare.atrous_pyramid import AtrousPyramid, rates_for
from medsam_training.compare.convolution import convolution, separable
from medsam_training.compare.residual_encoder import ResidualEncoder

RESNET_18 = (2, 2, 2, 2)
_LOW_CHANNELS = 48  # of the skip: more made the paper's result worse (its table 1)
_PYRAMID = 4  # times the width: 256 channels at the published width of 64


class DeepLabV3Plus(nn.Module):
    """Chen et al., Encoder-Decoder with Atrous Separable Convolution, ECCV 2018.

    A residual encoder at output stride 16, a pyramid of atrous separable convolutions, and a decoder that
    refines its answer, four times enlarged, with the encoder's features at a quarter of the resolution. What
    differs from the paper: group norm (see `convolution`), and rates in proportion to the input's size.

    Args:
        inputs: channels of the image.
        outputs: classes.
        image_size: side of the images that the rates are made for; others work.
        width: channels of the encoder's first stage, a multiple of 8.
        blocks: of the encoder's stages.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        image_size: int,
        width: int = 64,
        blocks: Sequence[int] = RESNET_18,
    ) -> None:
        super().__init__()
        channels = _PYRAMID * width
        self.encoder = ResidualEncoder(inputs, width, blocks)
        self.pyramid = AtrousPyramid(self.encoder.high_channels, channels, rates_for(image_size))
        self.skip = convolution(self.encoder.low_channels, _LOW_CHANNELS, kernel=1)
        self.refine = nn.Sequential(
            separable(channels + _LOW_CHANNELS, channels), separable(channels, channels)
        )
        self.classify = nn.Conv2d(channels, outputs, 1)

    def forward(self, image: Tensor) -> Tensor:
        """(n, inputs, h, w) to logits (n, outputs, h, w), for any h and w."""
        low, high = self.encoder(image)
        seen = _enlarged(self.pyramid(high), low.shape[-2:])
        logits = self.classify(self.refine(torch.cat([seen, self.skip(low)], 1)))
        return _enlarged(logits, image.shape[-2:])


def _enlarged(features: Tensor, size: torch.Size) -> Tensor:
    return functional.interpolate(features, size=size, mode="bilinear", align_corners=False)
