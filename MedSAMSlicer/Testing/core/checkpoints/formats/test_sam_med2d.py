"""SAM-Med2D: adapters in every block; the published file also pickles its optimizer."""

from __future__ import annotations

from pathlib import Path

import layouts
import pytest
import torch

from medsam_core.checkpoints import open_checkpoint
from medsam_core.errors import CheckpointError


def test_its_weights_arrive_with_their_adapters(tmp_path: Path) -> None:
    weights = layouts.sam_med2d()
    loaded = open_checkpoint(layouts.saved({"model": weights, "epoch": 5}, tmp_path / "a.pth"))
    layouts.assert_same_weights(loaded.network, weights)
    assert (loaded.info.format, loaded.info.preset) == ("SAM-Med2D", "sam_med2d")


def test_a_pickled_optimizer_is_refused_with_the_way_to_strip_it(tmp_path: Path) -> None:
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.ones(2))])
    path = layouts.saved({"model": layouts.plain(), "optimizer": optimizer}, tmp_path / "sam-med2d_b.pth")
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    line = str(caught.value)
    assert "torch.optim.adam.Adam" in line and "weights_only=False" in line and "sam-med2d_b.pth" in line


def test_the_way_to_strip_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = layouts.plain()
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.ones(2))])
    path = layouts.saved({"model": weights, "optimizer": optimizer}, tmp_path / "sam-med2d_b.pth")
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    monkeypatch.chdir(tmp_path)
    exec(caught.value.remedy.split('"')[1])  # what the user would type after python -c
    layouts.assert_same_weights(open_checkpoint(tmp_path / "weights.pth").network, weights)
