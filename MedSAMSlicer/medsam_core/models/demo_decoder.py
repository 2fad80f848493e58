"""The prompt side of the demo network: a small U-Net with attention in the frame of the prompt."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medsam_core.models.demo_blocks import ResidualBlock, TransformerBlock, conv
from medsam_core.models.demo_config import DemoConfig
from medsam_core.models.demo_maps import (
    PROMPT_MAPS,
    PROMPT_NUMBERS,
    click_maps,
    ellipse_level,
    prompt_maps,
    prompt_numbers,
)
from medsam_core.models.demo_region import Region, cell_centres, sample
from medsam_core.models.network import POSITIVE, PromptTensors


class DemoDecoder(nn.Module):
    """Region features and prompt maps to mask logits and a score for each."""

    def __init__(self, config: DemoConfig) -> None:
        super().__init__()
        self.image_size, self.cells = config.image_size, config.region_size
        full, half, quarter = config.region_widths
        masks = 1 + config.alternatives
        self.numbers = nn.Sequential(nn.Linear(PROMPT_NUMBERS, 64), nn.ReLU(), nn.Linear(64, full + quarter))
        self.full_in = conv(config.fine_width + 3 + PROMPT_MAPS, full)
        self.half_in = nn.Sequential(conv(full + config.middle_width, half), ResidualBlock(half))
        self.quarter_in = nn.Sequential(conv(half + config.coarse_width, quarter), ResidualBlock(quarter))
        self.down_full = nn.Conv2d(full, full, 2, stride=2)
        self.down_half = nn.Conv2d(half, half, 2, stride=2)
        self.position = nn.Parameter(torch.randn(1, quarter, self.cells // 4, self.cells // 4) * 0.02)
        self.attention = nn.Sequential(
            *[TransformerBlock(quarter, config.region_heads) for _ in range(config.region_depth)],
            nn.LayerNorm(quarter),
        )
        self.quarter_to_half = nn.Conv2d(quarter, half, 1)
        self.half_out = ResidualBlock(half)
        self.half_to_full = nn.Conv2d(half, full, 1)
        self.full_out = ResidualBlock(full)
        self.head = nn.Conv2d(full, masks, 3, padding=1)
        self.ellipse_gain = nn.Parameter(torch.full((1, masks, 1, 1), 4.0))
        self.no_box = nn.Parameter(torch.full((1, masks, self.cells, self.cells), -2.0))
        self.click_gain = nn.Parameter(torch.full((1, masks, 1, 1), 3.0))
        self.score = nn.Sequential(nn.Linear(quarter + full + 2, 64), nn.ReLU(), nn.Linear(64, 1))
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(
        self, features: tuple[Tensor, ...], prompts: PromptTensors, region: Region
    ) -> tuple[Tensor, Tensor]:
        """Masks on the region's grid.

        Args:
            features: the encoder's maps of b images.
            prompts: n = b * k of them, those of an image one after another.

        Returns:
            logits (n, 1 + alternatives, cells, cells) and scores (n, 1 + alternatives), both float32.
        """
        centres = cell_centres(region, self.cells)
        maps = prompt_maps(prompts, region, centres, self._earlier(prompts, centres))
        final, deep = self._refine(features, region, centres, maps)
        logits = self.head(final).float() + self._prior(prompts, region, centres)
        return logits, self._scores(logits, final, deep)

    def _earlier(self, prompts: PromptTensors, centres: Tensor) -> Tensor:
        """The earlier mask's logits on the region's grid; zeros, which say nothing, when there is none."""
        if prompts.mask_logits is None:
            return torch.zeros_like(centres[..., :1]).permute(0, 3, 1, 2)
        return sample(prompts.mask_logits.to(centres.dtype).clamp(-16.0, 16.0), centres, self.image_size)

    def _refine(
        self, features: tuple[Tensor, ...], region: Region, centres: Tensor, maps: Tensor
    ) -> tuple[Tensor, Tensor]:
        fine, middle, coarse = features
        bias = self.numbers(prompt_numbers(region, self.image_size))[:, :, None, None]
        width = self.down_full.in_channels
        read = sample(fine, centres, self.image_size)
        full = self.full_in(torch.cat([read, maps.to(read.dtype)], 1)) + bias[:, :width]
        read = sample(middle, cell_centres(region, self.cells // 2), self.image_size)
        half = self.half_in(torch.cat([self.down_full(full), read], 1))
        read = sample(coarse, cell_centres(region, self.cells // 4), self.image_size)
        deep = self.quarter_in(torch.cat([self.down_half(half), read], 1)) + bias[:, width:]
        deep = self._attend(deep)
        half = self.half_out(half + _doubled(self.quarter_to_half(deep)))
        return self.full_out(full + _doubled(self.half_to_full(half))), deep

    def _attend(self, deep: Tensor) -> Tensor:
        cells = self.cells // 4
        tokens = (deep + self.position.to(deep.dtype)).flatten(2).transpose(1, 2)
        return self.attention(tokens).transpose(1, 2).reshape(-1, deep.shape[1], cells, cells)

    def _prior(self, prompts: PromptTensors, region: Region, centres: Tensor) -> Tensor:
        """What the answer is before the image is looked at: the box's ellipse, or a bump at the clicks."""
        bump = click_maps(prompts, region, centres, POSITIVE)[:, 1:]
        without_box = self.no_box + self.click_gain * bump
        with_box = self.ellipse_gain * ellipse_level(region, centres)
        return with_box + without_box * (1.0 - region.has_box[:, :, None, None])

    def _scores(self, logits: Tensor, final: Tensor, deep: Tensor) -> Tensor:
        """(n, m) the network's estimate of each mask's IoU."""
        probability = torch.sigmoid(logits.detach())
        chosen = (probability > 0.5).float()
        area = chosen.sum((2, 3))
        overlap = (probability * chosen).sum((2, 3))
        expected = overlap / (area + probability.sum((2, 3)) - overlap + 1e-3)
        within = torch.einsum("nmyx,ncyx->nmc", chosen, final.float()) / (area.unsqueeze(-1) + 1.0)
        around = deep.float().mean((2, 3)).unsqueeze(1).expand(-1, logits.shape[1], -1)
        share = area / float(self.cells * self.cells)
        known = torch.cat([around, within, torch.stack([expected, share], -1)], -1)
        return torch.sigmoid(self.score(known).squeeze(-1).float() + 4.0 * expected - 2.0)


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
