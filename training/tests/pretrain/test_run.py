"""Whole pretrainings, up to the fine-tuning that starts from one."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from medsam_core.checkpoints.loaded_checkpoint import open_checkpoint
from medsam_core.errors import OptionError
from medsam_training.cli import main
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import read_config, read_config_of, read_resumed_of, write_config
from medsam_training.fit.export_run import export_run
from medsam_training.fit.run import Prepared, fit
from medsam_training.fit.run_folder import RunFolder
from medsam_training.pretrain.config import PretrainConfig
from medsam_training.pretrain.presets import PRESETS
from medsam_training.pretrain.run import Pretraining, pretrain

Make = Callable[..., PretrainConfig]

RICH = (
    "loop.epochs=5",
    "loop.steps_per_epoch=3",
    "optimiser.average=0.9",
    "optimiser.warmup_steps=4",
    "optimiser.rate=2e-3",
)


def _rows(folder: RunFolder) -> list[dict[str, str]]:
    with folder.history.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def _encoder(state: dict[str, torch.Tensor], before: str = "") -> dict[str, torch.Tensor]:
    start = f"{before}image_encoder."
    return {name.removeprefix(start): tensor for name, tensor in state.items() if name.startswith(start)}


@pytest.mark.parametrize("backbone", ["vit_b", "vit_t"])
def test_fine_tuning_starts_from_the_encoder_as_it_was_trained(
    a_pretraining: Make, a_run: Callable[..., FitConfig], tmp_path: Path, backbone: str
) -> None:
    folder = pretrain(a_pretraining(backbone, "optimiser.rate=1e-2", "optimiser.warmup_steps=0"))
    best = int(min(_rows(folder)[1:], key=lambda row: float(row["validation_loss"]))["epoch"])
    path = folder.last if best == 2 else folder.previous
    trained = _encoder(torch.load(path, weights_only=True)["state_dict"], "network.")
    written = open_checkpoint(folder.best).network.state_dict()
    before = open_checkpoint(a_pretraining(backbone).encoder.start).network.state_dict()
    assert trained.keys() == _encoder(written).keys()
    for name, tensor in _encoder(written).items():
        assert torch.equal(tensor, trained[name]), name
    assert any(not torch.equal(tensor, _encoder(before)[name]) for name, tensor in trained.items())
    for name in before.keys() - {f"image_encoder.{name}" for name in trained}:
        assert torch.equal(before[name], written[name]), name

    config = a_run(backbone, f"strategy.start={folder.best}", out=str(tmp_path / "fit"))
    started = _encoder(Prepared.of(config).network.state_dict())
    assert all(torch.equal(started[name], tensor) for name, tensor in trained.items())
    assert fit(config).best.is_file()


def test_the_best_epoch_can_be_exported_and_the_last_is_refused_in_plain_words(
    a_pretraining: Make, tmp_path: Path
) -> None:
    folder = pretrain(a_pretraining("vit_t"))
    exported = export_run(folder.path, tmp_path / "a.safetensors")
    written = open_checkpoint(folder.best).network.state_dict()
    assert all(torch.equal(t, written[n]) for n, t in open_checkpoint(exported).network.state_dict().items())
    with pytest.raises(
        OptionError, match=r"folder of a pretraining: .* export its best epoch, by --which best"
    ):
        export_run(folder.path, tmp_path / "b.safetensors", which="last")
    assert not (tmp_path / "b.safetensors").exists()


def test_the_error_falls_on_real_images(data_root: Path, a_pretraining: Make, tmp_path: Path) -> None:
    cases, prepared = tmp_path / "few", tmp_path / "data"
    for kind in ("images", "masks"):
        (cases / kind).mkdir(parents=True)
        for path in sorted((data_root / "hippocampus_mr" / kind).glob("*.nii.gz"))[:6]:
            (cases / kind / path.name).symlink_to(path)
    assert main(["prepare", str(cases), "--out", str(prepared), "--min-voxels=0", "--split=60/20/20"]) == 0
    learns = ["loop.epochs=3", "loop.steps_per_epoch=20", "optimiser.rate=3e-3", "optimiser.warmup_steps=5"]
    config = a_pretraining("vit_b", *learns, "loop.pictures=true", data_set=str(prepared))
    folder = pretrain(config)
    losses = [float(row["validation_loss"]) for row in _rows(folder)]
    assert losses[-1] < 0.8 * losses[0]
    for picture in (folder.curves, folder.samples):
        Image.open(picture).verify()


def test_a_killed_pretraining_goes_on_bit_for_bit(a_pretraining: Make, tmp_path: Path) -> None:
    whole = pretrain(a_pretraining("vit_t", *RICH, out=str(tmp_path / "whole")))
    killed = RunFolder(tmp_path / "killed")
    settings = tmp_path / "killed.yaml"
    write_config(a_pretraining("vit_t", *RICH, out=str(killed.path)), settings)
    command = [sys.executable, "-m", "medsam_training.cli", "pretrain", str(settings)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ | {"OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 400
    while not killed.previous.is_file() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert killed.previous.is_file()
    assert not killed.summary.is_file(), "it was killed too late to show anything"
    pretrain(read_resumed_of(PretrainConfig, killed.path), resume=True)
    assert _rows(killed) == _rows(whole)
    assert killed.best.read_bytes() == whole.best.read_bytes()
    states = [torch.load(folder.last, weights_only=True)["state_dict"] for folder in (whole, killed)]
    assert all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items())


def test_two_processes_with_spread_weights_learn_as_one(a_pretraining: Make, tmp_path: Path) -> None:
    changes = ("loop.epochs=2", "loop.steps_per_epoch=2", "data.validation_slices=5", "optimiser.rate=1e-3")
    one = pretrain(a_pretraining("vit_b", *changes, "loop.batch=4", out=str(tmp_path / "one")))
    two, settings = RunFolder(tmp_path / "two"), tmp_path / "two.yaml"
    spread = a_pretraining("vit_b", *changes, "loop.batch=2", "loop.parallel=fsdp", out=str(two.path))
    write_config(spread, settings)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*launcher, "-m", "medsam_training.cli", "pretrain", str(settings)]
    subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, timeout=500)
    for name in ("train_loss", "validation_loss"):
        wanted, found = ([float(row[name]) for row in _rows(folder)][1:] for folder in (one, two))
        assert found == pytest.approx(wanted, rel=2e-4), name
    wanted, found = (open_checkpoint(folder.best).network.state_dict() for folder in (one, two))
    assert all(torch.allclose(found[name], wanted[name], atol=2e-5) for name in wanted)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_a_whole_run(preset: str) -> None:
    config = read_config_of(PretrainConfig, preset=preset, presets=PRESETS, data_set="d", out="o")
    assert config.masking.patch in (16, 32)


def test_what_cannot_be_pretrained_is_told(a_pretraining: Make) -> None:
    with pytest.raises(OptionError, match="demo network"):
        Pretraining.of(a_pretraining("demo"))
    with pytest.raises(OptionError, match=r"masking\.patch"):
        Pretraining.of(a_pretraining("vit_b", "masking.patch=24"))
    with pytest.raises(OptionError, match=r"there is no key 'masking\.rate'; did you mean 'ratio'"):
        a_pretraining("vit_b", "masking.rate=0.5")
    with pytest.raises(OptionError, match="there is no key 'encoder'"):
        read_config(changes=["encoder.start=random"])
