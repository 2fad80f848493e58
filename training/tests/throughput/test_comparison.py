"""Both loops run in turns, and the figures are of both."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from medsam_training.throughput.__main__ import main
from medsam_training.throughput.comparison import KINDS
from medsam_training.throughput.turns import Span, TakeTurns, Turns


def test_every_step_but_the_first_is_reported_for_both_kinds(
    shapes_set: Path, starts: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "figures.json"
    size = ["--start", str(starts["vit_b"]), "--image-size", "64", "--rounds", "3", "--slices", "4"]
    main(["--data", str(shapes_set), "--json", str(out), "--scratch", str(tmp_path), *size])
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert [row["kind"] for row in rows] == list(KINDS)
    for row in rows:
        assert all(len(spans) == 3 for spans in row["per_image"].values())
        assert min(span["seconds"] for spans in row["per_image"].values() for span in spans) > 0
        assert row["times_faster"] > 0
    assert rows[1]["batch"] == {"ours": 8, "plain": 1}
    assert not list(tmp_path.glob("tmp*"))


def test_the_ratio_is_of_medians_so_that_one_slow_step_does_not_count() -> None:
    ours, plain = ([Span(n, 2 * n) for n in seconds] for seconds in ((1.0, 1.0, 50.0), (4.0, 90.0, 4.0)))
    turns = Turns(ours, plain)
    assert turns.times_faster() == pytest.approx(4.0)
    assert turns.figures()["images_per_second"] == {"ours": 1.0, "plain": 0.25}


def test_waiting_for_others_is_time_but_not_cpu_time() -> None:
    clock = TakeTurns(lambda: time.sleep(0.05), our_batch=1, plain_batch=2)
    clock.on_train_start(None, None)
    for _ in range(3):
        clock.on_train_batch_end(None, None)
    assert len(clock.turns.plain) == 2
    for span in clock.turns.plain:
        assert span.seconds >= 0.025
        assert span.cpu_seconds < 0.02
