"""What the demo network is punished for."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Loss(NamedTuple):
    """Means over the prompts of a batch; `total` is what is minimised."""

    total: Tensor
    dice: Tensor
    entropy: Tensor
    score: Tensor


def mask_loss(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Dice and cross-entropy, (n, m) each, of logits (n, m, r, r) against truth (n, 1, r, r) in [0, 1]."""
    probability = torch.sigmoid(logits)
    overlap = (probability * truth).sum((2, 3))
    dice = 1.0 - (2.0 * overlap + 1.0) / (probability.sum((2, 3)) + truth.sum((2, 3)) + 1.0)
    entropy = F.binary_cross_entropy_with_logits(logits, truth.expand_as(logits), reduction="none")
    return dice, entropy.mean((2, 3))


def demo_loss(
    logits: Tensor, scores: Tensor, truth: Tensor, alternatives: float = 0.15, score: float = 0.3
) -> Loss:
    """The first mask's loss, a share of the best alternative's, and how wrong the scores are.

    Args:
        logits: (n, 1 + a, r, r); scores: (n, 1 + a); truth: (n, 1, r, r).
        alternatives, score: weights. Only the best alternative learns, so that they stay different.
    """
    dice, entropy = mask_loss(logits, truth)
    every = dice + entropy
    with torch.no_grad():
        chosen, real = logits > 0, truth > 0.5
        both = (chosen & real).sum((2, 3)).float()
        iou = both / ((chosen | real).sum((2, 3)).float() + 1e-3)
    off = F.mse_loss(scores, iou, reduction="none").mean()
    total = every[:, 0].mean() + score * off
    if every.shape[1] > 1:
        total = total + alternatives * every[:, 1:].amin(1).mean()
    return Loss(total, dice[:, 0].mean(), entropy[:, 0].mean(), off)
