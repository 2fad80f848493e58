"""The loss prefers the truth, and an honest score."""

from __future__ import annotations

import torch

from medsam_training.losses import demo_loss

TRUTH = torch.zeros(1, 1, 16, 16)
TRUTH[..., 4:12, 4:12] = 1
RIGHT = (TRUTH * 20 - 10).expand(1, 4, 16, 16)


def test_the_right_mask_with_an_honest_score_costs_nothing():
    assert demo_loss(RIGHT, torch.ones(1, 4), TRUTH).total < 1e-3


def test_a_wrong_mask_and_a_boastful_score_cost():
    wrong = demo_loss(-RIGHT, torch.ones(1, 4), TRUTH)
    assert wrong.total > 5 and wrong.score > 0.9
    assert demo_loss(-RIGHT, torch.zeros(1, 4), TRUTH).score < 1e-3


def test_only_the_best_alternative_learns():
    logits = torch.stack([RIGHT[0, 0], RIGHT[0, 0] * 0.1, -RIGHT[0, 0], -RIGHT[0, 0]])[None].requires_grad_()
    demo_loss(logits, torch.ones(1, 4), TRUTH).total.backward()
    assert logits.grad[0, 1].abs().sum() > 0 and logits.grad[0, 2:].abs().sum() == 0
