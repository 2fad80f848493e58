"""The region a prompt is about, and the way from the image into it and back.

The decoder of the demo network works in the frame of the prompt: a fixed grid laid over the box and a margin
(or over the whole image when there is no box), as a Mask R-CNN head does (He et al. 2017). A nucleus of 12
pixels and a liver of 200 then look alike to it, which a small network trained on little data needs.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from medsam_core.models.network import BOX_FIRST_CORNER, POSITIVE

OUTSIDE_LOGIT = -16.0
_FAR = 1e6


class Region(NamedTuple):
    """n prompted rectangles, in pixels of the network's input.

    Attributes:
        low_xy, size_xy: (n, 2) first corner and extent of the region.
        box_low_xy, box_size_xy: (n, 2) of the box itself; the region's own where there is no box.
        has_box: (n, 1) 1.0 or 0.0.
    """

    low_xy: Tensor
    size_xy: Tensor
    box_low_xy: Tensor
    box_size_xy: Tensor
    has_box: Tensor


def region_of(points_xy: Tensor, labels: Tensor, image_size: int, margin: float) -> Region:
    """The box widened by its margin and to every positive click; the whole image without a box.

    Args:
        points_xy: (n, p, 2), labels: (n, p) as in PromptTensors.
        margin: share of the box's size to add on each side.
    """
    corner = (labels >= BOX_FIRST_CORNER).unsqueeze(-1)
    click = (labels == POSITIVE).unsqueeze(-1)
    has_box = corner.any(1)
    whole_low = torch.zeros_like(points_xy[:, 0])
    whole_high = torch.full_like(points_xy[:, 0], float(image_size))
    box_low = torch.where(has_box, torch.where(corner, points_xy, _FAR).amin(1), whole_low)
    box_high = torch.where(has_box, torch.where(corner, points_xy, -_FAR).amax(1), whole_high)
    box_size = (box_high - box_low).clamp(min=1.0)
    pad = margin * box_size + 1.0  # a pixel at least: the margin of a tiny box would hold no background
    low = torch.minimum(box_low - pad, torch.where(click, points_xy, _FAR).amin(1) - 2.0)
    high = torch.maximum(box_low + box_size + pad, torch.where(click, points_xy, -_FAR).amax(1) + 2.0)
    low = torch.where(has_box, low, whole_low)
    high = torch.where(has_box, high, whole_high)
    return Region(low, high - low, box_low, box_size, has_box.to(points_xy.dtype))


def cell_centres(region: Region, cells: int) -> Tensor:
    """(n, cells, cells, 2) positions (x, y) in image pixels of the centres of a grid over each region."""
    steps = (torch.arange(cells, device=region.low_xy.device, dtype=region.low_xy.dtype) + 0.5) / cells
    grid_y, grid_x = torch.meshgrid(steps, steps, indexing="ij")
    unit = torch.stack([grid_x, grid_y], -1)
    return region.low_xy[:, None, None] + unit * region.size_xy[:, None, None]


def sample(features: Tensor, centres: Tensor, image_size: int) -> Tensor:
    """Read feature maps at positions of the image; zero outside it.

    Args:
        features: (b, c, h, w) of b images.
        centres: (n, r, r, 2) image pixels; n is b times k, the k prompts of an image one after another.

    Returns:
        (n, c, r, r). The prompts of an image are read side by side from its one map, so nothing is copied.
    """
    images, channels = features.shape[:2]
    cells = centres.shape[1]
    grid = (centres * (2.0 / image_size) - 1.0).float().reshape(images, -1, cells, 2)
    # in float32 even under autocast: a bfloat16 position is half a pixel off
    read = F.grid_sample(features.float(), grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return (
        read.to(features.dtype)
        .reshape(images, channels, -1, cells, cells)
        .transpose(1, 2)
        .reshape(-1, channels, cells, cells)
    )


def paste(logits: Tensor, region: Region, image_size: int, size: int) -> Tensor:
    """Put logits on region grids back into the image's frame.

    Args:
        logits: (n, m, r, r).
        size: side in pixels of the result, which shows the whole `image_size`.

    Returns:
        (n, m, size, size), OUTSIDE_LOGIT beyond the region.
    """
    steps = torch.arange(size, device=logits.device, dtype=logits.dtype) + 0.5
    grid_y, grid_x = torch.meshgrid(steps, steps, indexing="ij")
    pixels = torch.stack([grid_x, grid_y], -1) * (image_size / size)
    unit = (pixels - region.low_xy[:, None, None]) / region.size_xy[:, None, None] * 2.0 - 1.0
    inside = (unit.abs().amax(-1) <= 1.0).unsqueeze(1)
    read = F.grid_sample(logits, unit, mode="bilinear", padding_mode="border", align_corners=False)
    return torch.where(inside, read, OUTSIDE_LOGIT)
