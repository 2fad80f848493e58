"""A corrective click lies on the mistake."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from medsam_core.inference.presets import Coordinates
from medsam_core.models.network import NEGATIVE, POSITIVE, PromptTensors
from medsam_training.fit.correction import MOST_LOGIT, corrected, correction_click

pictures = arrays(bool, (9, 9))


@given(pictures, pictures)
@settings(deadline=None)
def test_the_click_is_where_answer_and_truth_differ_and_says_what_is_true(
    truth: np.ndarray, answer: np.ndarray
) -> None:
    x, y, label = correction_click(truth, answer)
    assert label == (POSITIVE if truth[y, x] else NEGATIVE)
    if (truth != answer).any():
        assert truth[y, x] != answer[y, x]


def test_the_larger_mistake_is_corrected_first() -> None:
    truth, answer = np.zeros((2, 20, 20), bool)
    truth[2:4, 2:4] = True  # missed
    answer[10:17, 10:17] = True  # too much
    assert correction_click(truth, answer) == (13, 13, NEGATIVE)


@given(st.sampled_from([Coordinates.EDGES, Coordinates.INDICES]), st.booleans())
@settings(deadline=None)
def test_a_round_adds_one_click_in_front_and_hands_in_the_answer(
    coordinates: Coordinates, with_mask: bool
) -> None:
    prompts = PromptTensors(torch.zeros(2, 2, 2), torch.tensor([[2, 3], [2, 3]]))
    logits = torch.full((2, 1, 16, 16), -50.0)
    truth = torch.zeros(2, 1, 16, 16)
    truth[:, :, 4:7, 8:11] = 1
    found = corrected(prompts, logits, truth, 64, coordinates, with_mask)
    assert found.labels.tolist() == [[POSITIVE, 2, 3]] * 2
    centre = 64 / 16 * 9.5, 64 / 16 * 5.5
    offset = 0 if coordinates is Coordinates.EDGES else 0.5
    assert found.points_xy[0, 0].tolist() == [centre[0] - offset, centre[1] - offset]
    assert (found.mask_logits is not None) == with_mask
    if with_mask:
        assert found.mask_logits.min() == -MOST_LOGIT
