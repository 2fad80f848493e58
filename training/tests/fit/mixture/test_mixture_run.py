"""A run on a mixture, from its configuration to weights that the engine opens."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from medsam_core.checkpoints import open_checkpoint
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import read_config, read_resumed
from medsam_training.fit.run import fit

CHANGES = (
    "data.mixture={sets: {balls: 1, discs: 1}, painted: 0.3, carried: 0.5, beyond: 0.5, nothing: 0.5}",
    "data.shippable=true",
    "data.prompts_per_image=2",
    "prompts.both=1",
    "prompts.corrections=1",
    "prompts.correction_share=0.5",
    "loss.at=region",
    "loss.alternatives=0.15",
    "loss.score_weight=0.3",
    "loop={steps_per_epoch: 2, batch: 2, device: cpu, tensorboard: false, pictures: false, precision: bf16}",
)


def a_config(folder: Path, start: Path, out: Path, *changes: str) -> FitConfig:
    start_change = f"strategy.start={start}"
    return read_config(changes=(start_change, *CHANGES, *changes), data_set=str(folder), out=str(out))


def losses(run: Path) -> list[str]:
    with (run / "history.csv").open(encoding="utf-8", newline="") as file:
        return [row["train_loss"] for row in csv.DictReader(file)]


@pytest.mark.fresh
def test_it_ends_in_weights_that_say_what_they_learned_from(
    mixed_folder: Path, starts: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        raise AssertionError("a process that has threads was forked")

    monkeypatch.setattr(os, "fork", refused)
    config = a_config(mixed_folder, starts["demo"], tmp_path / "run", "loop.epochs=1", "data.workers=1")
    loaded = open_checkpoint(fit(config).best)
    assert loaded.info.score_is_trained and loaded.info.preset == "demo"
    assert loaded.info.training["sets"] == ["balls", "discs"]
    assert loaded.info.training["all_may_train_shipped_weights"] is True


def test_a_run_that_went_on_saw_what_one_without_a_stop_sees(
    mixed_folder: Path, starts: dict[str, Path], tmp_path: Path
) -> None:
    constant = "optimiser.schedule=constant"
    whole = fit(a_config(mixed_folder, starts["demo"], tmp_path / "whole", "loop.epochs=2", constant))
    parted = fit(a_config(mixed_folder, starts["demo"], tmp_path / "parted", "loop.epochs=1", constant))
    fit(read_resumed(parted.path, ["loop.epochs=2"]), resume=True)
    assert losses(whole.path) == losses(parted.path)
