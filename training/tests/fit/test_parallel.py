"""Several processes learn what one with the batch of all would."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from medsam_training.fit.config import FitConfig, Loop
from medsam_training.fit.config_file import write_config
from medsam_training.fit.examples import EpochNumbers
from medsam_training.fit.launcher import Launch
from medsam_training.fit.run import fit
from medsam_training.fit.run_folder import RunFolder


def _rows(folder: RunFolder) -> list[dict[str, str]]:
    with folder.history.open(newline="") as file:
        return list(csv.DictReader(file))


def test_two_processes_have_the_loss_curve_of_one_with_the_doubled_batch(
    a_run: Callable[..., FitConfig], tmp_path: Path
) -> None:
    mixed = ["loop.epochs=4", "loop.steps_per_epoch=2", "optimiser.rate=1e-3", "optimiser.warmup_steps=0"]
    mixed += ["prompts.both=1.0", "data.augment=true", "optimiser.average=0.5"]
    one = fit(a_run("vit_b", *mixed, "loop.batch=4", out=str(tmp_path / "one")))
    two = RunFolder(tmp_path / "two")
    settings = tmp_path / "two.yaml"
    write_config(a_run("vit_b", *mixed, "loop.batch=2", out=str(two.path)), settings)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*launcher, "-m", "medsam_training.cli", "fit", str(settings)]
    subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, timeout=240)
    for name in ("train_loss", "validation_dice"):
        wanted, found = ([float(row[name]) for row in _rows(folder)][1:] for folder in (one, two))
        assert found == pytest.approx(wanted, rel=2e-4), name
    assert len({row["train_loss"] for row in _rows(one)}) == 5  # it did learn


def test_processes_share_each_step_and_leave_nothing_out() -> None:
    alone = list(EpochNumbers(passes=3, batch=6, rank=0, world=1))
    shares = [list(EpochNumbers(passes=3, batch=2, rank=rank, world=3)) for rank in range(3)]
    for step in range(3):
        together = [n for share in shares for n in share[2 * step : 2 * step + 2]]
        assert together == alone[6 * step : 6 * step + 6]


def test_an_epoch_goes_on_where_the_one_before_ended() -> None:
    numbers = EpochNumbers(passes=3, batch=2, rank=0, world=1)
    first = list(numbers)
    numbers.set_epoch(1)
    assert next(iter(numbers)) == first[-1] + 1


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Launch("auto", 1, True, 1)),
        (
            {"TORCHELASTIC_RUN_ID": "a", "LOCAL_WORLD_SIZE": "4", "WORLD_SIZE": "8", "RANK": "5"},
            Launch(4, 2, False, 8),
        ),
        ({"SLURM_NTASKS": "8", "SLURM_NNODES": "2", "SLURM_PROCID": "0"}, Launch(4, 2, True, 8)),
        ({"SLURM_NTASKS": "1", "SLURM_PROCID": "0"}, Launch("auto", 1, True, 1)),
        ({"LOCAL_RANK": "1"}, Launch("auto", 1, False, 1)),
    ],
)
def test_a_launchers_word_counts(environment: dict[str, str], expected: Launch) -> None:
    assert Launch.of(Loop(), environment) == expected


def test_a_cpu_alone_is_one_process() -> None:
    assert Launch.of(Loop(device="cpu"), {}).devices == 1
