"""The image side of the demo network: a convolution pyramid with a small transformer at its top."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medsam_core.models.demo_blocks import ResidualBlock, TransformerBlock, conv
from medsam_core.models.demo_config import DemoConfig


class DemoEncoder(nn.Module):
    """Features at stride 2, 4 and 8, the coarser ones informed by the whole image."""

    def __init__(self, config: DemoConfig) -> None:
        super().__init__()
        fine, middle, coarse, trunk = (
            config.fine_width,
            config.middle_width,
            config.coarse_width,
            config.trunk_width,
        )
        tokens = config.image_size // 16
        self.stem = nn.Sequential(conv(3, fine, stride=2), conv(fine, fine))
        self.stage_middle = nn.Sequential(
            conv(fine, middle, stride=2), *[ResidualBlock(middle) for _ in range(config.stage_blocks[0])]
        )
        self.stage_coarse = nn.Sequential(
            conv(middle, coarse, stride=2), *[ResidualBlock(coarse) for _ in range(config.stage_blocks[1])]
        )
        self.to_tokens = nn.Conv2d(coarse, trunk, 2, stride=2)
        self.position = nn.Parameter(torch.randn(1, trunk, tokens, tokens) * 0.02)
        self.trunk = nn.Sequential(
            *[TransformerBlock(trunk, config.trunk_heads) for _ in range(config.trunk_depth)],
            nn.LayerNorm(trunk),
        )
        self.trunk_to_coarse = nn.Conv2d(trunk, coarse, 1)
        self.coarse_out = conv(coarse, coarse)
        self.coarse_to_middle = nn.Conv2d(coarse, middle, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(b, 3, S, S) in [0, 1] to features at stride 2 (with the image's own values), 4 and 8."""
        images = images * 4.0 - 2.0  # [0, 1] about zero mean, unit spread; padding 0 stays the darkest value
        fine = self.stem(images)
        middle = self.stage_middle(fine)
        coarse = self.stage_coarse(middle)
        coarse = self.coarse_out(coarse + self._whole_image(coarse))
        middle = middle + _doubled(self.coarse_to_middle(coarse))
        values = F.avg_pool2d(images, 2).to(fine.dtype)
        return torch.cat([values, fine], 1), middle, coarse

    def _whole_image(self, coarse: Tensor) -> Tensor:
        """What the transformer adds to the stride-8 features."""
        grid = self.to_tokens(coarse)
        grid = grid + self.position.to(grid.dtype)
        tokens = self.trunk(grid.flatten(2).transpose(1, 2))
        return _doubled(self.trunk_to_coarse(tokens.transpose(1, 2).reshape(grid.shape)))


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
