"""What a prompt looks like on its region's grid: box-relative maps, clicks, the earlier mask."""

from __future__ import annotations

import torch
from torch import Tensor

from medsam_core.models.demo_region import Region
from medsam_core.models.network import NEGATIVE, POSITIVE, PromptTensors

PROMPT_MAPS = 10
PROMPT_NUMBERS = 7
CLICK_WIDTHS = (0.04, 0.16)  # of the region's size: one says where, one says around where
_FAR = 1e4


def ellipse_level(region: Region, centres: Tensor) -> Tensor:
    """(n, 1, r, r): 1 at the box's centre, 0 on its inscribed ellipse, negative outside; 0 without a box."""
    u, v = _box_relative(region, centres)
    level = 1.0 - torch.sqrt(u * u + v * v + 1e-6)
    return level.unsqueeze(1) * region.has_box[:, :, None, None]


def click_maps(prompts: PromptTensors, region: Region, centres: Tensor, label: int) -> Tensor:
    """(n, 2, r, r): a narrow and a wide bump at the clicks of one label, 0 where there are none."""
    clicked = (prompts.labels == label)[:, :, None, None]
    away = (centres.unsqueeze(1) - prompts.points_xy[:, :, None, None]) / region.size_xy[:, None, None, None]
    distance = torch.where(clicked, (away * away).sum(-1), _FAR).amin(1)
    return torch.stack([torch.exp(distance * (-0.5 / width**2)) for width in CLICK_WIDTHS], 1)


def prompt_maps(prompts: PromptTensors, region: Region, centres: Tensor, earlier: Tensor) -> Tensor:
    """(n, PROMPT_MAPS, r, r): u, v, level, inside, has box, two bumps per kind of click, earlier mask."""
    u, v = _box_relative(region, centres)
    inside = (0.5 + 8.0 * (1.0 - torch.maximum(u.abs(), v.abs()))).clamp(0.0, 1.0)
    level = (1.0 - torch.sqrt(u * u + v * v + 1e-6)).clamp(min=-2.0)
    box = torch.stack([u.clamp(-2.0, 2.0), v.clamp(-2.0, 2.0), level, inside, torch.ones_like(u)], 1)
    return torch.cat(
        [
            box * region.has_box[:, :, None, None],
            click_maps(prompts, region, centres, POSITIVE),
            click_maps(prompts, region, centres, NEGATIVE),
            torch.tanh(earlier * 0.25),
        ],
        1,
    )


def prompt_numbers(region: Region, image_size: int) -> Tensor:
    """(n, PROMPT_NUMBERS): the sizes that a grid in the prompt's own frame cannot show."""
    box = torch.log2(region.box_size_xy / image_size)
    whole = torch.log2(region.size_xy / image_size)
    longer = (box[:, :1] - box[:, 1:]).abs()
    return torch.cat([box, whole, longer, longer * longer, region.has_box], 1)


def _box_relative(region: Region, centres: Tensor) -> tuple[Tensor, Tensor]:
    """(n, r, r) each: -1 and 1 on the box's edges."""
    middle = region.box_low_xy + region.box_size_xy * 0.5
    relative = (centres - middle[:, None, None]) / (region.box_size_xy * 0.5)[:, None, None]
    return relative[..., 0], relative[..., 1]
