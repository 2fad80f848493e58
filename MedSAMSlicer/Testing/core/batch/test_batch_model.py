"""The model is known before it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

import medsam_core as medsam
from medsam_core.batch.batch_model import BatchModel, ModelChoice
from medsam_core.errors import CheckpointError, DeviceError
from testkit.tiny_models import a_tiny_model


def test_what_is_known_beforehand_is_what_is_loaded() -> None:
    model = BatchModel(ModelChoice("demo", device="cpu"))
    loaded = model.get()
    assert model.options["model"] == loaded.info.identity
    assert model.options["preset"] == loaded.preset.name
    assert model.get() is loaded


def test_a_loaded_model_is_taken_as_it_is() -> None:
    loaded = medsam.load_model("demo", device="cpu")
    model = BatchModel(loaded)
    assert model.get() is loaded and model.options["precision"] == loaded.placement.precision


def test_other_weights_are_another_model() -> None:
    one, two = (a_tiny_model(seed=seed).info.identity for seed in (0, 1))
    assert one != two


def test_a_choice_that_cannot_be_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        BatchModel(ModelChoice(tmp_path / "none.pth"))
    with pytest.raises(DeviceError):
        BatchModel(ModelChoice("demo", precision="int3"))
    assert ModelChoice("a", "b").files == (Path("a"), Path("b"))
