"""The figures beside the ellipse are honest."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from medsam_training import evaluate_demo as module
from medsam_training.evaluate_demo import Row, chosen_objects, dice, ellipse_in, markdown, summary
from medsam_training.manifest import held_out, read_manifest
from medsam_training.train_demo import LAST, Trainer


def row(set_name="a", ellipse=0.8, box=0.9):
    return Row(set_name, "case", "key", 1, ellipse, box, 0.5, 0.6, 0.8, 0.7)


def test_dice_counts_the_foreground_only():
    a, b = np.zeros((100, 100), bool), np.zeros((100, 100), bool)
    a[:10, :10], b[:10, 5:15] = True, True
    assert dice(a, b) == 0.5 and dice(a, a) == 1 and dice(a, ~a) == 0


def test_the_ellipse_fills_pi_quarters_of_its_box():
    mask = ellipse_in(np.array([10.0, 20.0, 110.0, 80.0]), (100, 120))
    assert mask.sum() == pytest.approx(np.pi / 4 * 100 * 60, rel=0.01)
    assert not mask[:20].any() and not mask[80:].any() and not mask[:, :10].any()


def test_each_set_counts_once_and_vessels_do_not():
    table = summary([row(), row(), row("b", 0.6, 0.9), row("retina_fundus", 0.1, 0.1)])
    assert table["mean of sets"]["ellipse"] == pytest.approx(0.7)
    assert table["mean of sets"]["error_change"] == pytest.approx(0.1 / 0.3 - 1)
    assert "| b | 1 | 0.600 | 0.900 | -75% |" in markdown(table)


def test_cases_take_turns(small_data):
    items = held_out(read_manifest(small_data), "test")
    objects = chosen_objects(items, 3, 0)
    assert len(objects["discs"]) == 1 and len(objects["volume"]) == 3
    keys = [cut.key for cut, _ in objects["volume"]]
    assert keys == [cut.key for cut, _ in chosen_objects(items, 3, 0)["volume"]] and len(set(keys)) == 3


def test_the_command_writes_rows_and_their_summary(small_data, tmp_path, small_settings, monkeypatch, capsys):
    Trainer(small_settings, tmp_path, 0, 1).save()
    target = tmp_path / "figures.json"
    arguments = [
        "evaluate",
        str(tmp_path / LAST),
        "--data",
        str(small_data),
        "--most",
        "2",
        "--out",
        str(target),
    ]
    monkeypatch.setattr(sys, "argv", [str(part) for part in arguments])
    module.main()
    written = json.loads(target.read_text())
    assert {r["set_name"] for r in written["rows"]} == {"discs", "volume"}
    assert all(0 <= r["box"] <= 1 and 0 < r["score"] < 1 for r in written["rows"])
    assert "mean of sets" in capsys.readouterr().out
