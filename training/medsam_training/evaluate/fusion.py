"""One answer out of those on several images of one slice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from medsam_core.errors import OptionError
from medsam_training.evaluate.prompt import Prompt
from medsam_training.evaluate.segmenter import Answer, Segmenter

RULES = {"mean": np.mean, "max": np.max}


def check_rule(name: str) -> str:
    """The name of a rule.

    Raises:
        OptionError: there is none.
    """
    if name not in RULES:
        raise OptionError("--fuse", f"there is no rule '{name}'", f"use {' or '.join(RULES)}")
    return name


def fused_answers(
    segmenter: Segmenter, images: Sequence[np.ndarray], prompts: Sequence[Prompt], rule: str
) -> list[Answer]:
    """The answers on all images, their probabilities joined pixel by pixel and cut at one half.

    Raises:
        OptionError: the segmenter has no probabilities of single objects.
    """
    each = [segmenter.segment(image, prompts) for image in images]
    return [_fused(segmenter.name, answers, rule) for answers in zip(*each, strict=True)]


def _fused(name: str, answers: Sequence[Answer], rule: str) -> Answer:
    if any(answer.probability_yx is None for answer in answers):
        raise OptionError("--fuse", f"{name} gives no probabilities for single labels", "leave it out")
    probability = RULES[rule]([answer.probability_yx for answer in answers], axis=0)
    scores = [answer.score for answer in answers if answer.score is not None]
    return Answer(probability > 0.5, probability, float(RULES[rule](scores)) if scores else None)
