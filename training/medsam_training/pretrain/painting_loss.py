"""How far a painting is from the truth, where the truth was hidden."""

from __future__ import annotations

import torch
from torch import Tensor

from medsam_training.pretrain.config import Masking
from medsam_training.pretrain.hidden_squares import enlarged

_SMALLEST = 1e-6  # added to a square's variance, as the masked autoencoder has it


def painting_loss(
    painted: Tensor, images: Tensor, hidden: Tensor, inside: Tensor, masking: Masking
) -> Tensor:
    """The mean error over the hidden pixels of each image; padding does not count.

    Args:
        painted, images: (b, 3, S, S).
        hidden: (b, m, m) bool squares.
        inside: (b, S, S) bool, where the input shows the image.
        masking: which error, and of what.

    Returns:
        (b,) float32.
    """
    target = target_of(images, masking)
    error = painted.float() - target
    error = error.abs() if masking.loss == "l1" else error.square()
    counts = (enlarged(hidden, images.shape[-1]) & inside)[:, None]
    total = torch.where(counts, error, 0.0).sum((1, 2, 3))
    return total / (3 * counts.sum((1, 2, 3))).clamp(min=1)


def target_of(images: Tensor, masking: Masking) -> Tensor:
    """What is to be painted: (b, 3, S, S) float32."""
    images = images.float()
    if masking.target == "pixels":
        return images
    mean, spread = square_statistics(images, masking.patch)
    return (images - mean) / spread


def square_statistics(images: Tensor, patch: int) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each square over its pixels and channels, (b, 1, S, S) each."""
    b, channels, side, _ = images.shape
    count = side // patch
    squares = images.reshape(b, channels, count, patch, count, patch)
    variance, mean = torch.var_mean(squares, (1, 3, 5), correction=0)
    spread = (variance + _SMALLEST).sqrt()
    return tuple(
        value[:, None].repeat_interleave(patch, 2).repeat_interleave(patch, 3) for value in (mean, spread)
    )
