"""Which squares of an image are hidden."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from medsam_core.errors import OptionError
from medsam_core.inference.image_frame import ImageFrame


def draw_hidden(rng: np.random.Generator, frame: ImageFrame, patch: int, ratio: float) -> np.ndarray:
    """Choose squares at random among those that show something of the image, not padding alone.

    Args:
        rng: the example's.
        frame: where the slice lies on the network's input.
        patch: side of a square in pixels of the input.
        ratio: share of the squares to hide; at least one is hidden and one is not, where there are two.

    Returns:
        (m, m) bool, true where hidden; m squares along an edge of the input.
    """
    side = frame.image_size // patch
    rows, columns = (-(-length // patch) for length in frame.resized_yx)
    count = rows * columns
    chosen = np.zeros(count, bool)
    chosen[rng.permutation(count)[: min(max(1, round(ratio * count)), max(1, count - 1))]] = True
    hidden = np.zeros((side, side), bool)
    hidden[:rows, :columns] = chosen.reshape(rows, columns)
    return hidden


def enlarged(hidden: Tensor, side: int) -> Tensor:
    """(b, m, m) bool to (b, side, side), each square as large as it is there."""
    factor = side // hidden.shape[-1]
    return hidden.repeat_interleave(factor, 1).repeat_interleave(factor, 2)


def check_patch(patch: int, image_size: int, token: int) -> None:
    """See that squares fill the input and are not cut by the encoder's first tokens.

    Raises:
        OptionError: they do not.
    """
    if image_size % patch or patch % token or patch >= image_size:
        possible = [n for n in range(token, image_size, token) if image_size % n == 0]
        problem = f"{patch} does not divide {image_size} into whole tokens of {token} pixels"
        raise OptionError("masking.patch", problem, f"use one of {', '.join(map(str, possible[:12]))}")


def inside(frame: ImageFrame) -> Tensor:
    """(side, side) bool: which pixels of the input show the image."""
    shown = torch.zeros(frame.image_size, frame.image_size, dtype=torch.bool)
    shown[: frame.resized_yx[0], : frame.resized_yx[1]] = True
    return shown
