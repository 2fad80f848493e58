"""Weights that are spread over processes learn, are kept and go on as those of one process."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from medsam_core.checkpoints.loaded_checkpoint import open_checkpoint
from medsam_core.errors import OptionError
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import write_config
from medsam_training.fit.export_run import export_run
from medsam_training.fit.run import Prepared, fit
from medsam_training.fit.run_folder import RunFolder

Run = Callable[..., FitConfig]

LEARNS = (
    "loop.epochs=3",
    "loop.steps_per_epoch=2",
    "optimiser.rate=1e-3",
    "optimiser.warmup_steps=0",
    "optimiser.average=0.5",
    "prompts.both=1.0",
    "prompts.corrections=1",
    "prompts.correction_share=0.5",
    "data.validation_slices=5",  # an odd number: one process has one more than the other
)


def _rows(folder: RunFolder) -> list[dict[str, str]]:
    with folder.history.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def _two_processes(*arguments: str) -> None:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*launcher, "-m", "medsam_training.cli", "fit", *arguments]
    subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, timeout=500)


def _weights(path: Path) -> dict[str, torch.Tensor]:
    return open_checkpoint(path).network.state_dict()


@pytest.mark.parametrize("method", ["vanilla", "lora"])
def test_two_processes_with_spread_weights_learn_what_one_with_the_doubled_batch_does(
    a_run: Run, tmp_path: Path, method: str
) -> None:
    changes = [*LEARNS, f"strategy.method={method}", "loop.pictures=true"]
    one = fit(a_run("vit_b", *changes, "loop.batch=4", out=str(tmp_path / "one")))
    two = RunFolder(tmp_path / "two")
    settings = tmp_path / "two.yaml"
    write_config(a_run("vit_b", *changes, "loop.batch=2", "loop.parallel=fsdp", out=str(two.path)), settings)
    _two_processes(str(settings))
    for name in ("train_loss", "validation_dice"):
        wanted, found = ([float(row[name]) for row in _rows(folder)][1:] for folder in (one, two))
        assert found == pytest.approx(wanted, rel=2e-4), name
    for which in ("best", "last"):
        wanted, found = (
            _weights(export_run(folder.path, tmp_path / f"{folder.path.name}.{which}.safetensors", which))
            for folder in (one, two)
        )
        assert wanted.keys() == found.keys()
        for name in wanted:
            torch.testing.assert_close(found[name], wanted[name], rtol=2e-3, atol=2e-5)
    assert two.samples.is_file()

    two.summary.unlink()
    two.last.unlink()  # killed between two renames
    before = _rows(two)
    _two_processes("--resume", "--out", str(two.path))
    assert _rows(two) == before


def test_one_process_has_nothing_to_spread(a_run: Run, tmp_path: Path) -> None:
    plain, spread = (
        fit(a_run("vit_b", f"loop.parallel={word}", out=str(tmp_path / word))) for word in ("ddp", "fsdp")
    )
    assert _rows(plain) == _rows(spread)


def test_what_cannot_be_spread_is_refused_in_one_line(a_run: Run) -> None:
    for backbone in ("vit_t", "demo"):
        with pytest.raises(OptionError, match="spreads the blocks of a ViT"):
            Prepared.of(a_run(backbone, "loop.parallel=fsdp"))
    with pytest.raises(OptionError, match="use bf16 or fp32"):
        Prepared.of(a_run("vit_b", "loop.parallel=fsdp", "loop.precision=fp16"))
