"""Answers computed anew, without a session: what every result of one is held to."""

from __future__ import annotations

from functools import partial

import numpy as np

from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.inference.predictor import Predictor
from medsam_core.intensity import choose_window
from medsam_core.prompts import SegmentPrompt
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import prompts_by_slice
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.session.subject import Subject


class FreshAnswers:
    """Masks of prompts on volumes, each computed once."""

    def __init__(self) -> None:
        self._slices: dict[tuple, SlicePredictor] = {}
        self._masks: dict[tuple, np.ndarray] = {}
        self._kept: list[Subject] = []  # so that no id is used twice

    def mask_yx(self, subject: Subject, segment: SegmentPrompt, index: int) -> np.ndarray:
        """(y, x) bool of one slice."""
        prompts = tuple(prompts_by_slice(segment)[index])
        where = (id(subject.model), id(subject.volume), subject.intensity, subject.grid.plane_key(index))
        key = (*where, prompts)
        if key not in self._masks:
            self._kept.append(subject)
            slices = self._slices.setdefault((*where[:3], id(subject.grid)), partial(_slices, subject)())
            self._masks[key] = slices.union(index, prompts).mask_yx
        return self._masks[key]


def _slices(subject: Subject) -> SlicePredictor:
    window = choose_window(subject.volume, subject.intensity)  # type: ignore[arg-type]
    stack = SliceStack(subject.volume, window, subject.grid)
    return SlicePredictor(stack, Predictor(subject.model), EmbeddingCache())
