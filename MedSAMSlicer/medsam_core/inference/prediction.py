"""What a predictor answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Prediction:
    """n masks for n prompts, in the picture's pixels.

    Attributes:
        masks: (n, y, x) bool.
        probabilities: (n, y, x) float32; of a multi-class network, that a pixel is not background.
        scores: (n,) float32, the network's own estimate of each mask's IoU; MedSAM's and finetune-SAM's
            training leave it untrained, and then it means nothing.
        logits: (n, 1, h, w) float32 at low resolution, padding included; may be given back as `mask_logits`.
        confidence: (n,) float32 in 0..1: the score where it was trained, else the mask's stability
            (`stability.stability_score`).
        class_labels: (n, y, x) unsigned integers, 0 is background; None unless the network is multi-class.
    """

    masks: np.ndarray
    probabilities: np.ndarray
    scores: np.ndarray
    logits: np.ndarray
    confidence: np.ndarray
    class_labels: np.ndarray | None = None


def merged(parts: Sequence[tuple[np.ndarray, Prediction]]) -> Prediction:
    """Parts of a prediction as one, each given with the places of its rows in the whole."""
    if len(parts) == 1:
        return parts[0][1]
    n = sum(len(places) for places, _ in parts)
    whole = {}
    for name, first in vars(parts[0][1]).items():
        if first is not None:
            whole[name] = np.empty((n, *first.shape[1:]), first.dtype)
            for places, prediction in parts:
                whole[name][places] = getattr(prediction, name)
    return Prediction(**whole)
