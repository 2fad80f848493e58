"""A run's weights as a file of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import medsam_core as medsam
from medsam_core.checkpoints.loaded_checkpoint import inspect_checkpoint, open_checkpoint
from medsam_core.errors import CheckpointError, OptionError, OutputError
from medsam_training.cli import main
from medsam_training.fit.config import FitConfig
from medsam_training.fit.export_run import export_run
from medsam_training.fit.run import fit
from medsam_training.fit.run_folder import RunFolder

Run = Callable[..., FitConfig]


@pytest.fixture()
def lora_run(a_run: Run) -> RunFolder:
    return fit(
        a_run(
            "vit_b", "strategy.method=lora", "optimiser.rate=1e-2", "optimiser.average=0.5", "loop.epochs=3"
        )
    )


def test_the_file_says_what_it_was_trained_on(lora_run: RunFolder, tmp_path: Path) -> None:
    info = inspect_checkpoint(export_run(lora_run.path, tmp_path / "model.safetensors"))
    assert info.architecture.peft is None  # merged
    assert (info.preset, info.score_is_trained) == ("medsam", False)
    assert info.name == "bar, disc (run)"
    facts = info.training
    assert facts["method"] == "LoRA of encoder+decoder"
    assert (facts["sets"], facts["cases"], facts["slices"]) == (["shapes"], 6, 18)
    assert facts["labels"] == ["bar", "disc"]
    assert facts["trained_weights"] < facts["weights"] / 10
    assert 0 <= facts["validation_dice"] <= 1
    assert "vit_b" in facts["started_from"]


def test_merging_leaves_the_running_network_alone_and_computes_the_same(lora_run: RunFolder) -> None:
    merged = open_checkpoint(export_run(lora_run.path, lora_run.path / "last.safetensors", which="last"))
    state = torch.load(lora_run.last, weights_only=True)
    average = state["callbacks"]["WeightAverage"]["average"]
    a, b = (average[f"image_encoder.blocks.0.attn.qkv.linear_{part}_q.weight"] for part in "ab")
    start = open_checkpoint(_start_of(lora_run)).network.state_dict()
    name = "image_encoder.blocks.0.attn.qkv.weight"
    change = merged.network.state_dict()[name] - start[name]
    torch.testing.assert_close(change[: len(b)], b @ a, atol=1e-6, rtol=1e-4)
    assert change[: len(b)].abs().max() > 0


def _start_of(run: RunFolder) -> str:
    from medsam_training.fit.config_file import read_config

    return read_config(run.config).strategy.start


def test_half_precision_halves_the_file(lora_run: RunFolder, tmp_path: Path) -> None:
    whole = export_run(lora_run.path, tmp_path / "whole.safetensors")
    half = export_run(lora_run.path, tmp_path / "half.safetensors", half=True)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    image = np.random.default_rng(0).integers(0, 255, (40, 50), np.uint8)
    for path in (whole, half):
        predictor = medsam.Predictor(medsam.load_model(path, device="cpu", backend="torch"))
        assert predictor.predict(predictor.embed(image), boxes_xyxy=[5, 5, 30, 30]).masks.shape == (1, 40, 50)


def test_what_cannot_be_exported_is_said(lora_run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="use one of best, last"):
        export_run(lora_run.path, tmp_path / "a", which="first")
    with pytest.raises(OutputError, match="exists already"):
        export_run(lora_run.path, lora_run.best)
    for which, said in (("best", "has no best weights yet"), ("last", "has no finished epoch")):
        with pytest.raises(CheckpointError, match=said):
            export_run(tmp_path, tmp_path / "a.safetensors", which=which)


@pytest.mark.parametrize("which", ["best", "last"])
def test_a_specialist_s_run_is_said_to_be_one(tmp_path: Path, which: str) -> None:
    (tmp_path / "config.yaml").write_text("network: {kind: unet}\n", encoding="utf-8")
    with pytest.raises(OptionError, match="holds a specialist of medsam-train compare"):
        export_run(tmp_path, tmp_path / "a.safetensors", which=which)


def test_the_commands_go_from_a_configuration_to_a_file(
    a_run: Run, shapes_set: Path, starts: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, model = tmp_path / "run", tmp_path / "model.safetensors"
    quick = ["loop.epochs=2", "loop.steps_per_epoch=2", "loop.device=cpu", "data.shots=4", "loop.batch=2"]
    words = ["fit", "--preset", "decoder-only", "--from", str(starts["demo"]), "--data", str(shapes_set)]
    words += [
        "--set",
        "name=Discs and bars",
        "--out",
        str(run),
        *(word for change in quick for word in ("--set", change)),
    ]
    assert main(words) == 0
    assert "validation Dice from" in capsys.readouterr().err
    for name in ("curves.png", "samples.png", "history.csv", "best.safetensors", "last.ckpt", "summary.json"):
        assert (run / name).stat().st_size > 0, name
    assert list((run / "tensorboard").iterdir())
    assert main(["fit", "--resume", "--out", str(run)]) == 0
    assert "complete already" in capsys.readouterr().err
    assert main(["export", str(run), str(model)]) == 0
    assert inspect_checkpoint(model).preset == "demo"
    assert "name:           Discs and bars\n" in inspect_checkpoint(model).describe()
    assert main([*words, "--set", "loop.epoch=3"]) == 2
    assert capsys.readouterr().err.startswith("error: configuration: there is no key 'loop.epoch'")
    assert main(["fit", "--resume", "--out", str(run), "--preset", "lora"]) == 2
