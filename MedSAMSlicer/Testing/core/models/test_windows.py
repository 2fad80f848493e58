"""Cutting tokens into windows."""

from __future__ import annotations

import pytest
import torch

from medsam_core.models.segment_anything_modules import window_partition, window_unpartition
from medsam_core.models.windows import cut_windows, join_windows


@pytest.mark.parametrize(("grid", "window"), [(8, 4), (9, 4), (3, 7), (7, 7), (64, 14)])
def test_zero_padding_cuts_as_segment_anything_does_and_joining_undoes_it(grid: int, window: int) -> None:
    x = torch.randn(2, grid, grid, 3)
    windows = cut_windows(x, window, torch.zeros(1, 3))
    published, padded = window_partition(x, window)
    assert torch.equal(windows.flatten(0, 2), published)
    assert torch.equal(
        join_windows(windows, grid), window_unpartition(published, window, padded, (grid, grid))
    )


def test_the_given_token_fills_what_is_outside_the_image() -> None:
    windows = cut_windows(torch.zeros(1, 3, 3, 2), 2, torch.tensor([[5.0, 7.0]])).flatten(0, 2)
    assert windows.shape == (4, 2, 2, 2)
    assert windows[3, 0, 0].tolist() == [0, 0]
    assert windows[3, 1, 1].tolist() == windows[1, 0, 1].tolist() == windows[2, 1, 0].tolist() == [5, 7]
