"""SAM's own files, and plain weights of unknown origin."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import layouts
import pytest
import torch

from medsam_core.checkpoints import catalog, open_checkpoint
from medsam_core.checkpoints.catalog import CATALOG
from medsam_core.checkpoints.digest import sha256_of
from medsam_core.errors import CheckpointError


def test_plain_weights_arrive_bit_for_bit(tmp_path: Path) -> None:
    weights = layouts.plain()
    loaded = open_checkpoint(layouts.saved(weights, tmp_path / "sam.pth"))
    layouts.assert_same_weights(loaded.network, weights)
    assert loaded.info.format == "segment-anything" and loaded.info.preset == "sam"


def test_an_unknown_file_says_that_its_preprocessing_is_a_guess(tmp_path: Path) -> None:
    info = open_checkpoint(layouts.saved(layouts.plain(), tmp_path / "mine.pth")).info
    assert any("preset='medsam'" in note for note in info.notes)
    assert not info.score_is_trained and info.licence == "" and info.name == "mine"


def test_a_published_file_is_known_by_its_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = layouts.saved(layouts.plain(), tmp_path / "medsam_not_really.pth")
    row = dataclasses.replace(CATALOG["vit_b"], sha256=sha256_of(path))
    monkeypatch.setitem(catalog.CATALOG, "vit_b", row)
    monkeypatch.setattr(catalog, "_ROWS", tuple(catalog.CATALOG.values()))
    info = open_checkpoint(path).info
    assert (info.format, info.preset, info.name) == ("segment-anything", "sam", "vit_b")
    assert info.licence == "Apache-2.0" and info.score_is_trained


def test_the_picture_s_mean_and_deviation_are_not_weights(tmp_path: Path) -> None:
    weights = layouts.plain()
    path = layouts.saved(
        {**weights, "pixel_mean": torch.ones(3), "pixel_std": torch.ones(3)}, tmp_path / "a.pth"
    )
    layouts.assert_same_weights(open_checkpoint(path).network, weights)


def test_another_image_size_is_told_from_the_position_table(tmp_path: Path) -> None:
    weights = layouts.plain(dataclasses.replace(layouts.SMALL_VIT, image_size=96))
    assert open_checkpoint(layouts.saved(weights, tmp_path / "a.pth")).info.image_size == 96


def test_half_precision_files_are_read_as_float32(tmp_path: Path) -> None:
    weights = {name: value.half() for name, value in layouts.plain().items()}
    network = open_checkpoint(layouts.saved(weights, tmp_path / "a.pth")).network
    assert {value.dtype for value in network.state_dict().values()} == {torch.float32}


def test_a_weight_that_is_absent_is_named(tmp_path: Path) -> None:
    weights = layouts.plain()
    del weights["image_encoder.neck.0.weight"]
    with pytest.raises(CheckpointError, match=r"lacks 1 weights.*image_encoder\.neck\.0\.weight"):
        open_checkpoint(layouts.saved(weights, tmp_path / "a.pth"))


def test_a_weight_too_many_is_named(tmp_path: Path) -> None:
    weights = layouts.plain() | {"image_encoder.extra.weight": torch.ones(1)}
    with pytest.raises(CheckpointError, match=r"has 1 weights that .*image_encoder\.extra\.weight"):
        open_checkpoint(layouts.saved(weights, tmp_path / "a.pth"))
