"""Squares that are hidden."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medsam_core.errors import OptionError
from medsam_core.inference.image_frame import ImageFrame
from medsam_training.pretrain.hidden_squares import check_patch, draw_hidden, enlarged, inside

WIDE = ImageFrame((40, 100), (103, 256), 256)


def test_the_asked_share_of_what_shows_the_image_is_hidden_and_never_padding_alone() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        hidden = draw_hidden(rng, WIDE, patch=32, ratio=0.6)
        assert hidden.shape == (8, 8)
        assert hidden.sum() == round(0.6 * 4 * 8)  # 103 rows reach into the fourth row of squares
        assert not hidden[4:].any()


def test_every_square_is_hidden_sometimes() -> None:
    rng = np.random.default_rng(0)
    seen = sum(draw_hidden(rng, WIDE, 32, 0.5).astype(int) for _ in range(60))
    assert (seen[:4] > 10).all()
    assert (seen[:4] < 50).all()


@pytest.mark.parametrize("ratio", [0.001, 0.999])
def test_something_is_hidden_and_something_is_shown(ratio: float) -> None:
    hidden = draw_hidden(np.random.default_rng(0), WIDE, 64, ratio)
    assert 0 < hidden[:2].sum() < hidden[:2].size


def test_squares_are_enlarged_in_place() -> None:
    hidden = torch.tensor([[[True, False], [False, False]]])
    large = enlarged(hidden, 6)
    assert large.shape == (1, 6, 6)
    assert large[0, :3, :3].all()
    assert large.sum() == 9


def test_padding_is_outside() -> None:
    shown = inside(WIDE)
    assert shown[:103].all()
    assert not shown[103:].any()


@pytest.mark.parametrize(
    ("patch", "size", "token"), [(48, 1024, 16), (8, 64, 16), (64, 64, 16), (24, 64, 16)]
)
def test_squares_that_do_not_fit_are_refused_with_those_that_do(patch: int, size: int, token: int) -> None:
    with pytest.raises(OptionError, match=r"masking\.patch: .* use one of 16, 32"):
        check_patch(patch, size, token)
    check_patch(32, 1024, 16)
    check_patch(32, 256, 1)
