"""The plain loop learns by the published steps."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from medsam_core.inference.presets import PRESETS
from medsam_training.fit.config import Data
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.prepared_set import PreparedSet
from medsam_training.throughput.plain_loop import Picture, PlainLoop, write_pictures
from testkit.tiny_models import a_tiny_architecture

PRESET = dataclasses.replace(PRESETS["medsam"], image_size=64)


@pytest.fixture()
def some_pictures(shapes_set: Path, tmp_path: Path) -> list[Picture]:
    pool = SlicePool.of(PreparedSet.open(shapes_set), "train", Data(), 4, 0)
    return write_pictures(pool, PRESET, tmp_path)


def test_pictures_have_the_networks_size_and_the_labels_of_their_slice(some_pictures: list[Picture]) -> None:
    assert len(some_pictures) == 4
    for picture in some_pictures:
        assert np.array(Image.open(picture.image)).shape == (64, 64, 3)
        assert set(np.unique(np.array(Image.open(picture.labels)))) == {0, 1, 2}


def _loop(pictures: list[Picture], encoder_learns: bool) -> PlainLoop:
    torch.manual_seed(0)
    return PlainLoop(a_tiny_architecture(), pictures, 2, encoder_learns, torch.device("cpu"))


def test_the_loss_falls(some_pictures: list[Picture]) -> None:
    loop = _loop(some_pictures, encoder_learns=True)
    for group in loop.optimiser.param_groups:
        group["lr"] = 3e-3
    losses = [loop.step() for _ in range(25)]
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


@pytest.mark.parametrize("encoder_learns", [False, True])
def test_what_shall_not_learn_stays(some_pictures: list[Picture], encoder_learns: bool) -> None:
    loop = _loop(some_pictures, encoder_learns)
    before = {name: tensor.clone() for name, tensor in loop.network.state_dict().items()}
    loop.step()
    after = loop.network.state_dict()
    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert moved == ({"image_encoder", "mask_decoder"} if encoder_learns else {"mask_decoder"})
