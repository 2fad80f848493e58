"""MedSAM has SAM's names and shapes: what tells it apart is said, and can be overruled."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import layouts
import pytest

from medsam_core.checkpoints import catalog, open_checkpoint
from medsam_core.checkpoints.catalog import CATALOG
from medsam_core.checkpoints.formats import medsam


@pytest.mark.parametrize("distributed", [False, True])
def test_a_training_file_gives_its_network_alone(tmp_path: Path, distributed: bool) -> None:
    weights = layouts.plain()
    path = layouts.medsam_training_file(weights, tmp_path / "latest.pth", distributed=distributed)
    loaded = open_checkpoint(path)
    layouts.assert_same_weights(loaded.network, weights)
    assert loaded.info.format == "MedSAM" and loaded.info.preset == "medsam"
    assert loaded.info.training == {"epoch": 149}


@pytest.mark.parametrize("name", ["medsam_vit_b.pth", "MedSAM-vit-b.pth", "my_med_sam.pt"])
def test_a_file_name_tells_it(tmp_path: Path, name: str) -> None:
    info = open_checkpoint(layouts.saved(layouts.plain(), tmp_path / name)).info
    assert info.preset == "medsam"
    assert any("file name" in note for note in info.notes), "a guess must be said"


def test_the_published_file_is_known_by_its_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = layouts.saved(layouts.plain(), tmp_path / "renamed.pth")
    row = dataclasses.replace(CATALOG["medsam"], md5=hashlib.md5(path.read_bytes()).hexdigest())
    monkeypatch.setitem(catalog.CATALOG, "medsam", row)
    monkeypatch.setattr(medsam, "_VIT_B_WIDTH", layouts.SMALL_VIT.embed_dim)
    info = open_checkpoint(path).info
    assert (info.format, info.name, info.licence, info.notes) == ("MedSAM", "medsam", "Apache-2.0", ())


@pytest.mark.parametrize("preset", ["sam", "medsam", "hf-sam"])
def test_the_user_has_the_last_word(tmp_path: Path, preset: str) -> None:
    for name in ("medsam.pth", "other.pth"):
        path = layouts.saved(layouts.plain(), tmp_path / name)
        assert open_checkpoint(path, preset=preset).info.preset == preset.replace("-", "_")


def test_its_score_is_not_trained(tmp_path: Path) -> None:
    assert not open_checkpoint(layouts.saved(layouts.plain(), tmp_path / "medsam.pth")).info.score_is_trained
