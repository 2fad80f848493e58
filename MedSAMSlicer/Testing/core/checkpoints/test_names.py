"""A name of the catalog means that model, everything else is a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core import resources
from medsam_core.checkpoints.names import locate_checkpoint
from medsam_core.errors import CheckpointError, MedSAMError


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDSAM_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def test_a_path_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.pth").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert locate_checkpoint("a.pth") == Path("a.pth")
    assert locate_checkpoint(tmp_path / "a.pth") == tmp_path / "a.pth"
    assert locate_checkpoint("~/a.pth") == tmp_path / "a.pth"


def test_a_fetched_model_is_found_by_its_name(models: Path) -> None:
    (models / "medsam_vit_b.pth").write_bytes(b"x")
    assert locate_checkpoint("medsam") == models / "medsam_vit_b.pth"


def test_a_model_that_is_not_here_says_how_to_get_it() -> None:
    with pytest.raises(CheckpointError, match="medsam-slicer models fetch medsam"):
        locate_checkpoint("medsam")
    with pytest.raises(CheckpointError, match="https://"):
        locate_checkpoint("litemedsam")


def test_a_file_with_a_model_s_name_is_given_as_a_path(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "medsam").write_bytes(b"x")
    (models / "medsam_vit_b.pth").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert locate_checkpoint("medsam") == models / "medsam_vit_b.pth"
    assert locate_checkpoint("./medsam") == Path("medsam")
    assert locate_checkpoint(Path("medsam")) == Path("medsam")
    (tmp_path / "medsam").unlink()
    assert locate_checkpoint(Path("medsam")) == models / "medsam_vit_b.pth"


def test_the_demo_comes_with_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_HOMES", (tmp_path,))
    with pytest.raises(MedSAMError, match="bundled file is missing"):
        locate_checkpoint("demo")
    (tmp_path / "Models").mkdir()
    (tmp_path / "Models" / "demo.safetensors").write_bytes(b"x")
    assert locate_checkpoint("demo") == tmp_path / "Models" / "demo.safetensors"


@pytest.mark.parametrize(("typed", "hint"), [("medsm", "medsam"), ("vitb", "vit_b"), ("zzz", "name a model")])
def test_a_slip_gets_a_hint(typed: str, hint: str) -> None:
    with pytest.raises(CheckpointError, match=hint):
        locate_checkpoint(typed)
