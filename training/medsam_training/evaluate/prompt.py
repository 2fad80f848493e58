"""What a segmenter is told about an object, drawn from the truth as a user would give it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medsam_core.models.network import POSITIVE
from medsam_training.evaluate.subject import Subject
from medsam_training.fit.correction import correction_click
from medsam_training.fit.prompt_simulation import inner_click


@dataclass(frozen=True, eq=False)
class Prompt:
    """A box, clicks, or both; neither for networks that find everything by themselves.

    Attributes:
        box_xyxy: (4,) float64 pixel indices, corners inclusive, or None.
        points_xy: (p, 2) float64 pixel indices; p may be 0.
        point_labels: (p,) int64: 1 inside the object, 0 outside.
        label, number: what is asked for, by name and by number in the mask: for networks of fixed classes.
    """

    box_xyxy: np.ndarray | None
    points_xy: np.ndarray
    point_labels: np.ndarray
    label: str
    number: int


def box_prompt(subject: Subject, jitter: float, seed: int) -> Prompt:
    """The box around the truth, each edge moved by up to `jitter` of its side, in or out, within the image.

    The same seed moves the edges the same way at every `jitter`, only farther, and for every network.
    """
    rng = np.random.default_rng([seed, *subject.key.encode()])
    x0, y0, x1, y1 = subject.box_xyxy
    sides = np.tile([x1 - x0 + 1, y1 - y0 + 1], 2)
    moved = subject.box_xyxy + rng.uniform(-jitter, jitter, 4) * sides * (-1, -1, 1, 1)
    last = np.array(subject.truth_yx.shape[::-1]) - 1.0
    low = np.clip(moved[:2], 0, last)
    high = np.clip(np.maximum(moved[2:], low), 0, last)
    return _prompt(subject, np.concatenate([low, high]), [])


def point_prompt(subject: Subject, count: int, seed: int) -> Prompt:
    """`count` clicks on the object: its innermost pixel, then pixels drawn evenly from all of it.

    Fewer clicks are the first ones of more: a curve over counts shows the clicks, not the luck.
    """
    rng = np.random.default_rng([seed, 1, *subject.key.encode()])
    y, x = np.nonzero(subject.truth_yx)
    drawn = rng.integers(0, len(y), count - 1)
    clicks = [inner_click(subject.truth_yx), *((x[n], y[n]) for n in drawn)]
    return _prompt(subject, None, [(*click, POSITIVE) for click in clicks])


def corrected(prompt: Prompt, subject: Subject, mask_yx: np.ndarray) -> Prompt:
    """One more click, in the middle of the largest part that `mask_yx` misses or has too much."""
    x, y, label = correction_click(subject.truth_yx, mask_yx)
    points = np.concatenate([prompt.points_xy, [[x, y]]])
    labels = np.append(prompt.point_labels, label)
    return Prompt(prompt.box_xyxy, points, labels, prompt.label, prompt.number)


def no_prompt(subject: Subject) -> Prompt:
    """Only which label is meant."""
    return _prompt(subject, None, [])


def _prompt(subject: Subject, box_xyxy: np.ndarray | None, clicks: list[tuple[float, float, int]]) -> Prompt:
    points = np.array([(x, y) for x, y, _ in clicks], np.float64).reshape(-1, 2)
    labels = np.array([label for *_, label in clicks], np.int64)
    return Prompt(box_xyxy, points, labels, subject.label, subject.number)
