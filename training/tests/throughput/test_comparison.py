"""Both loops run in turns, and the figures are of both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medsam_training.throughput.__main__ import main
from medsam_training.throughput.comparison import KINDS
from medsam_training.throughput.turns import Turns


def test_every_step_but_the_first_is_reported_for_both_kinds(
    shapes_set: Path, starts: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "figures.json"
    size = ["--start", str(starts["vit_b"]), "--image-size", "64", "--rounds", "3", "--slices", "4"]
    main(["--data", str(shapes_set), "--json", str(out), "--scratch", str(tmp_path), *size])
    rows = json.loads(out.read_text())
    assert [row["kind"] for row in rows] == list(KINDS)
    for row in rows:
        assert all(len(seconds) == 3 and min(seconds) > 0 for seconds in row["seconds_per_image"].values())
        assert row["times_faster"] > 0
    assert rows[1]["batch"] == {"ours": 8, "plain": 1}
    assert not list(tmp_path.glob("tmp*"))


def test_the_ratio_is_of_medians_so_that_one_slow_step_does_not_count() -> None:
    turns = Turns(ours=[1.0, 1.0, 50.0], plain=[4.0, 90.0, 4.0])
    assert turns.times_faster == pytest.approx(4.0)
    assert turns.figures()["images_per_second"] == {"ours": 1.0, "plain": 0.25}
