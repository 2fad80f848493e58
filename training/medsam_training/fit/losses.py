"""MONAI's losses by name."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

import monai.losses
import torch
from torch import Tensor, nn

from medsam_core.errors import OptionError


def make_loss(name: str, options: Mapping[str, Any], multi_class: bool) -> nn.Module:
    """Build a loss on logits.

    Args:
        name: a class of ``monai.losses``.
        options: its arguments; those that turn logits into shares of classes are set here.
        multi_class: logits are of several classes that exclude each other, and truth is class numbers.

    Returns:
        A module of (logits (n, c, h, w), truth (n, 1, h, w)).

    Raises:
        OptionError: MONAI has no such loss for masks, or it takes no such argument.
    """
    kind = _known().get(name)
    if kind is None:
        near = difflib.get_close_matches(name, _known(), n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise OptionError(
            "loss.name", f"MONAI has no '{name}' for masks{hint}", f"use one of {', '.join(_known())}"
        )
    taken = inspect.signature(kind.__init__).parameters
    wrong = sorted(set(options) - set(taken))
    if wrong:
        raise OptionError(
            "loss.options", f"{name} takes no '{wrong[0]}'", f"use {', '.join(list(taken)[1:])}"
        )
    ours = {"softmax": multi_class, "use_softmax": multi_class, "to_onehot_y": multi_class}
    ours["sigmoid"] = not multi_class
    return kind(**{**options, **{key: value for key, value in ours.items() if key in taken}})


def _known() -> dict[str, type[nn.Module]]:
    """Losses that can be given logits of masks."""
    rows = {}
    for name, kind in vars(monai.losses).items():
        if inspect.isclass(kind) and issubclass(kind, nn.Module) and name.endswith("Loss"):
            taken = inspect.signature(kind.__init__).parameters
            if "to_onehot_y" in taken and {"sigmoid", "use_softmax"} & set(taken):
                rows[name] = kind
    return rows


def score_loss(scores: Tensor, logits: Tensor, truth: Tensor) -> Tensor:
    """Squared error of the network's estimates (n, m) of the IoU of its masks (n, m, h, w).

    Where the truth is empty the IoU is 0, also of an empty answer: a score says that the object is there.
    """
    return ((scores - _iou(logits, truth).to(scores.dtype)) ** 2).mean()


def best_alternative(logits: Tensor, truth: Tensor) -> Tensor:
    """Of several masks (n, m, h, w) the one, (n, 1, h, w), that overlaps truth (n, 1, h, w) most.

    Only the best learns, so that they stay different.
    """
    best = _iou(logits, truth).argmax(1)
    return logits[torch.arange(len(logits), device=logits.device), best][:, None]


@torch.no_grad()
def _iou(logits: Tensor, truth: Tensor) -> Tensor:
    """(n, m), 0 where both are empty."""
    answer, true = logits > 0, truth > 0.5
    return (answer & true).sum((2, 3)) / (answer | true).sum((2, 3)).clamp(min=1)
