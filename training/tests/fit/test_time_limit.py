"""A run keeps its minutes, and knows after a resume how many are used up."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import read_resumed
from medsam_training.fit.run import fit
from medsam_training.fit.time_limit import TimeLimit

Run = Callable[..., FitConfig]


def _rows(run: Path) -> list[dict[str, str]]:
    with (run / "history.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_ends_after_the_epoch_that_uses_up_its_minutes_and_goes_on_when_given_more(a_run: Run) -> None:
    config = a_run("demo", "loop.epochs=6", "loop.minutes=1.0e-4")
    folder = fit(config)
    assert [row["epoch"] for row in _rows(folder.path)] == ["0", "1"]
    fit(read_resumed(folder.path, ["loop.minutes=100"]), resume=True)
    assert [row["epoch"] for row in _rows(folder.path)] == [str(n) for n in range(7)]


def test_a_run_whose_minutes_are_over_does_not_go_on_by_itself(a_run: Run) -> None:
    folder = fit(a_run("demo", "loop.epochs=6", "loop.minutes=1.0e-4"))
    fit(read_resumed(folder.path), resume=True)
    assert len(_rows(folder.path)) == 2


def test_without_a_limit_no_time_is_ever_used() -> None:
    limit = TimeLimit(None)
    limit.seconds = 1e9
    assert limit.share() == 0.0


def test_the_share_survives_a_checkpoint() -> None:
    limit, resumed = TimeLimit(10), TimeLimit(10)
    limit.seconds = 150.0
    resumed.load_state_dict(limit.state_dict())
    assert resumed.share() == pytest.approx(0.25)
