"""A box as a picture."""

from __future__ import annotations

import torch
from torch import Tensor

from medsam_core.models.network import BOX_FIRST_CORNER, BOX_SECOND_CORNER, PromptTensors


def box_channel(prompts: PromptTensors, size: int) -> Tensor:
    """Draw each prompt's box: the share of each pixel that it covers.

    1 inside and 0 outside, as MedSAM's specialists got it; between them on the edge, so that a box keeps its
    place to the fraction of a pixel, and one smaller than a pixel is not lost.

    Args:
        prompts: n prompts, each with the two corners of a box; pixel x covers x to x + 1.
        size: side of the canvas.

    Returns:
        (n, 1, size, size) float32.

    Raises:
        ValueError: a prompt has no box.
    """
    low = _corner(prompts, BOX_FIRST_CORNER)
    high = _corner(prompts, BOX_SECOND_CORNER)
    edges = torch.arange(size, device=low.device, dtype=torch.float32)
    # (n, 2, size): how much of each column (x) and each row (y) lies between the corners.
    covered = torch.minimum(edges + 1, high[..., None]) - torch.maximum(edges, low[..., None])
    columns, rows = covered.clamp(0, 1).unbind(1)
    return (rows[:, :, None] * columns[:, None, :])[:, None]


def _corner(prompts: PromptTensors, label: int) -> Tensor:
    """(n, 2) x, y."""
    at = prompts.labels == label
    if not bool((at.sum(1) == 1).all()):
        raise ValueError("a specialist is prompted by exactly one box")
    return prompts.points_xy[at].float()
