"""Square windows of tokens."""

from __future__ import annotations

import torch
from torch import Tensor


def cut_windows(x: Tensor, window: int, padding: Tensor) -> Tensor:
    """Cut an image of tokens into windows, without copying where none is needed.

    Args:
        x: (b, g, g, c) tokens.
        window: side of a window in tokens.
        padding: (1, c) the token that fills the last row and column of windows.

    Returns:
        (b, count, count, window, window, c): rows of windows, columns of windows, then inside. A view of
        memory in image order, so that the caller's own reordering is the only copy.
    """
    count = -(-x.shape[1] // window)
    if count * window != x.shape[1]:
        x = _filled_up(x, count * window, padding)
    return x.unflatten(2, (count, window)).unflatten(1, (count, window)).transpose(2, 3)


def _filled_up(x: Tensor, side: int, padding: Tensor) -> Tensor:
    """(b, g, g, c) to (b, side, side, c), the rest being the padding token."""
    b, grid, _, channels = x.shape
    if torch.jit.is_tracing():  # converters dislike assignments
        x = torch.cat([x, padding.expand(b, grid, side - grid, channels)], dim=2)
        return torch.cat([x, padding.expand(b, side - grid, side, channels)], dim=1)
    whole = x.new_empty(b, side, side, channels)
    whole[:, :grid, :grid] = x
    whole[:, :grid, grid:] = padding
    whole[:, grid:] = padding
    return whole


def join_windows(x: Tensor, grid: int) -> Tensor:
    """Undo `cut_windows`.

    Args:
        x: (b, count, count, window, window, c).
        grid: tokens along an edge of the image.

    Returns:
        (b, grid, grid, c).
    """
    joined = x.transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return joined[:, :grid, :grid].contiguous()
