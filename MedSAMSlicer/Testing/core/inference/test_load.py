"""From a checkpoint to a model that runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from medsam_core.errors import CheckpointError, DeviceError, OptionError
from medsam_core.inference import load
from medsam_core.inference.load import load_model
from medsam_core.inference.predictor import Predictor


@pytest.fixture
def large_networks_start_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of every size are worth converting."""
    monkeypatch.setattr("medsam_core.inference.device.LARGE_PARAMETERS", 0)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def a_picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (50, 70)).astype(np.uint8)


def test_a_model_has_its_name_its_preset_and_where_it_runs(tiny_checkpoint: Path) -> None:
    model = load_model(tiny_checkpoint, "cpu", "fp32")
    assert (model.name, model.info.preset, model.preset.name) == ("tiny", "medsam", "medsam")
    assert (model.placement.device, model.placement.precision) == ("cpu", "fp32")
    assert model.placement.backend == model.backend.name == "torch"
    assert model.notes == []


def test_the_preset_follows_the_networks_image_size(tiny_checkpoint: Path) -> None:
    assert load_model(tiny_checkpoint, "cpu", preset="sam").preset.image_size == 64


def test_both_backends_give_the_same_mask(
    tiny_checkpoint: Path, openvino_cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDSAM_CACHE", str(openvino_cache_root.parent))
    answers = []
    for backend in ("torch", "openvino"):
        model = load_model(tiny_checkpoint, "cpu", "fp32", backend=backend)
        assert model.backend.name == model.placement.backend == backend
        predictor = Predictor(model)
        answers.append(predictor.predict(predictor.embed(a_picture()), [10, 10, 50, 40]).probabilities)
    np.testing.assert_allclose(*answers, atol=1e-4)


def test_a_converted_network_is_run_without_building_it(
    tiny_checkpoint: Path,
    openvino_cache_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    large_networks_start_small: None,
    no_gpu: None,
) -> None:
    monkeypatch.setenv("MEDSAM_CACHE", str(openvino_cache_root.parent))
    monkeypatch.setattr(load, "open_checkpoint", lambda *a, **k: pytest.fail("it was built"))
    assert load_model(tiny_checkpoint).backend.name == "openvino"


def _cannot_convert(monkeypatch: pytest.MonkeyPatch) -> None:
    from medsam_core.inference import openvino_process

    def refuse(*args: object, **kwargs: object) -> None:
        raise openvino_process.ConversionError("tiny.safetensors", "no space left")

    monkeypatch.setattr(openvino_process, "converted", refuse)


def test_a_network_that_cannot_be_converted_is_run_by_pytorch_and_that_is_noted(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, large_networks_start_small: None, no_gpu: None
) -> None:
    pytest.importorskip("openvino")
    _cannot_convert(monkeypatch)
    model = load_model(tiny_checkpoint)
    assert model.backend.name == model.placement.backend == "torch"
    assert len(model.notes) == 1 and "no space left" in model.notes[0]
    assert "conversion failed" in model.placement.reason


def test_who_asked_for_openvino_is_told_that_the_conversion_failed(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino")
    _cannot_convert(monkeypatch)
    with pytest.raises(DeviceError, match="no space left"):
        load_model(tiny_checkpoint, backend="openvino")


def test_an_option_that_cannot_be_is_told_before_the_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(DeviceError):
        load_model(tmp_path / "absent.pth", "gpu")
    with pytest.raises(OptionError):
        load_model(tmp_path / "absent.pth", preset="absent")
    with pytest.raises(CheckpointError):
        load_model(tmp_path / "absent.pth")


def test_loading_says_what_it_does(tiny_checkpoint: Path) -> None:
    heard: list[tuple] = []
    load_model(tiny_checkpoint, "cpu", backend="torch", progress=lambda *step: heard.append(step))
    assert heard and all(isinstance(done, int) and done <= total for done, total, _ in heard)


def test_the_demo_network_is_kept_off_openvino_at_once() -> None:
    with pytest.raises(DeviceError, match="cannot run the demo network"):
        load_model("demo", backend="openvino")


def test_a_large_network_of_the_demo_kind_goes_to_pytorch(large_networks_start_small, no_gpu) -> None:
    assert load_model("demo", precision="fp32").placement.backend == "torch"
