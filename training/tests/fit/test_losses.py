"""Losses are MONAI's, by name, on logits."""

from __future__ import annotations

import monai.losses
import pytest
import torch

from medsam_core.errors import OptionError
from medsam_training.fit.losses import best_alternative, make_loss, score_loss


@pytest.mark.parametrize(
    "name",
    ["DiceLoss", "DiceCELoss", "DiceFocalLoss", "FocalLoss", "TverskyLoss", "GeneralizedDiceFocalLoss"],
)
@pytest.mark.parametrize("multi_class", [False, True])
def test_a_perfect_answer_costs_less_than_a_wrong_one(name: str, multi_class: bool) -> None:
    truth = torch.zeros(2, 1, 8, 8)
    truth[:, :, 2:6, 2:6] = 1
    loss = make_loss(name, {}, multi_class)
    sure = truth * 20 - 10
    right = torch.cat([-sure, sure], 1) if multi_class else sure
    assert float(loss(right, truth)) < 0.1
    assert float(loss(-right, truth)) > float(loss(right, truth)) + 0.2


def test_options_are_monais() -> None:
    assert make_loss("TverskyLoss", {"alpha": 0.3, "beta": 0.7}, False).alpha == 0.3
    assert isinstance(make_loss("DiceCELoss", {}, False), monai.losses.DiceCELoss)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("DiceCLoss", {}, "did you mean 'DiceCELoss'"),
        ("SSIMLoss", {}, "MONAI has no 'SSIMLoss' for masks"),
        ("DiceLoss", {"alfa": 1}, "DiceLoss takes no 'alfa'"),
    ],
)
def test_what_monai_has_not_is_named(name: str, options: dict, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        make_loss(name, options, False)


def test_the_score_is_held_to_the_masks_true_iou() -> None:
    truth, logits = torch.zeros(2, 1, 4, 4), torch.full((2, 1, 4, 4), -1.0)
    truth[0, 0, :2] = 1  # 8 pixels, of which 4 are found and 2 others too
    logits[0, 0, 0] = 1
    logits[0, 0, 3, :2] = 1
    assert float(score_loss(torch.tensor([[0.4], [0.0]]), logits, truth)) == pytest.approx(0, abs=1e-9)
    assert float(score_loss(torch.tensor([[0.9], [0.0]]), logits, truth)) == pytest.approx(0.125)


def test_nothing_found_where_nothing_is_has_a_score_of_nothing() -> None:
    nothing = torch.zeros(1, 1, 4, 4)
    assert float(score_loss(torch.tensor([[0.5]]), nothing - 1, nothing)) == pytest.approx(0.25)


def test_each_prompt_is_judged_by_its_own_best_alternative() -> None:
    truth = torch.zeros(2, 1, 4, 4)
    truth[0, 0, :2], truth[1, 0, 2:] = 1, 1
    upper, lower = truth[:1] * 2 - 1, truth[1:] * 2 - 1
    logits = torch.cat([upper, lower], 1).repeat(2, 1, 1, 1)
    assert torch.equal(best_alternative(logits, truth), torch.cat([upper, lower]))
