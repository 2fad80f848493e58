"""Square windows of tokens."""

from __future__ import annotations

import torch
from torch import Tensor


def cut_windows(x: Tensor, window: int, padding: Tensor) -> Tensor:
    """Cut an image of tokens into windows.

    Args:
        x: (b, g, g, c) tokens.
        window: side of a window in tokens.
        padding: (1, c) the token that fills the last row and column of windows.

    Returns:
        (b * windows, window, window, c), row by row.
    """
    b, grid, _, channels = x.shape
    count = -(-grid // window)
    missing = count * window - grid
    if missing:
        x = torch.cat([x, padding.expand(b, grid, missing, channels)], dim=2)
        x = torch.cat([x, padding.expand(b, missing, grid + missing, channels)], dim=1)
    x = x.view(b, count, window, count, window, channels).transpose(2, 3)
    return x.reshape(b * count * count, window, window, channels)


def join_windows(x: Tensor, grid: int) -> Tensor:
    """Undo `cut_windows`.

    Args:
        x: (b * windows, window, window, c).
        grid: tokens along an edge of the image.

    Returns:
        (b, grid, grid, c).
    """
    window, count = x.shape[1], -(-grid // x.shape[1])
    x = x.view(-1, count, count, window, window, x.shape[-1]).transpose(2, 3)
    return x.reshape(-1, count * window, count * window, x.shape[-1])[:, :grid, :grid].contiguous()
