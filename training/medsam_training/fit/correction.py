"""A click on what the last answer got wrong."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from medsam_core.inference.presets import Coordinates
from medsam_core.models.network import NEGATIVE, POSITIVE, PromptTensors
from medsam_training.fit.prompt_simulation import inner_click

MOST_LOGIT = 32.0
"""Earlier masks are handed back within these bounds, as published SAM does."""


def correction_click(truth_yx: np.ndarray, answer_yx: np.ndarray) -> tuple[int, int, int]:
    """(x, y, label) in the middle of the largest part that was missed, or was too much.

    A perfect answer gets a click into the object; an empty truth with an empty answer one beside it.
    """
    wrong = truth_yx ^ answer_yx
    if not wrong.any():
        wrong = truth_yx if truth_yx.any() else ~truth_yx
    numbered, count = ndimage.label(wrong)
    largest = numbered == 1 + np.bincount(numbered.ravel(), minlength=count + 1)[1:].argmax()
    x, y = inner_click(largest)
    return x, y, POSITIVE if truth_yx[y, x] else NEGATIVE


def corrected(
    prompts: PromptTensors,
    logits: Tensor,
    truth: Tensor,
    image_size: int,
    coordinates: Coordinates,
    with_mask: bool,
) -> PromptTensors:
    """The prompts with one more click each, and the answer that it corrects.

    Args:
        prompts: of the round before.
        logits: (n, 1, h, w) its answer.
        truth: (n, 1, h, w) true masks on the same canvas.
        image_size: side of the network's input, where clicks lie.
        coordinates: the preset's.
        with_mask: hand the answer in as well.
    """
    side = logits.shape[-1]
    answers, truths = (logits.detach() > 0).cpu().numpy(), (truth > 0.5).cpu().numpy()
    clicks = np.array([correction_click(t[0], a[0]) for t, a in zip(truths, answers, strict=True)])
    centre = 0.0 if coordinates is Coordinates.EDGES else 0.5
    xy = (clicks[:, None, :2] + 0.5) * (image_size / side) - centre
    new_xy = torch.from_numpy(xy).to(prompts.points_xy)
    new_labels = torch.from_numpy(clicks[:, 2:]).to(prompts.labels)
    earlier = logits.detach().float().clamp(-MOST_LOGIT, MOST_LOGIT) if with_mask else None
    return PromptTensors(
        torch.cat([new_xy, prompts.points_xy], 1), torch.cat([new_labels, prompts.labels], 1), earlier
    )
