"""`medsam-train evaluate` on the terminal, on real cases."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from medsam_training.cli import main


@pytest.fixture(scope="module")
def hippocampi(data_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of three real cases."""
    folder = data_root / "hippocampus_mr"
    names = sorted(path.name for path in (folder / "images").iterdir())[:3]
    rows = [
        {
            "image": str(folder / "images" / n),
            "mask": str(folder / "masks" / n),
            "id": f"hippocampus/{n[:15]}",
            "set": "hippocampus",
        }
        for n in names
    ]
    path = tmp_path_factory.mktemp("list") / "cases.json"
    path.write_text(json.dumps(rows))
    return path


@pytest.fixture(scope="module")
def evaluated(hippocampi: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the command wrote for the demo model."""
    out = tmp_path_factory.mktemp("out") / "results"
    options = ["--points", "1,5", "--sizes", "256,224", "--tolerance", "hippocampus=1", "--device", "cpu"]
    assert main(["evaluate", "demo", "--data", str(hippocampi), "--out", str(out), *options]) == 0
    return out


def test_help_answers_without_torch():
    code = "from medsam_training.cli import main; main(['evaluate', '--help'])"
    code += "\nimport sys; assert 'torch' not in sys.modules and 'monai' not in sys.modules"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "--against" in run.stdout


def test_real_cases_are_better_than_the_ellipse_in_their_boxes(evaluated):
    summary = json.loads((evaluated / "summary.json").read_text(encoding="utf-8"))
    every = [f for f in summary["figures"] if f["set_name"] is None and f["modality"] is None]
    dsc = {(f["variant"]["model"], f["variant"]["prompt"]): f["dsc"]["mean"] for f in every}
    assert dsc["demo", "box ±5 %"] > dsc["ellipse", "box ±5 %"] > 0.7
    assert set(dsc) == {
        ("demo", "box ±5 %"),
        ("demo", "1 point"),
        ("demo", "5 points"),
        ("ellipse", "box ±5 %"),
    }
    assert summary["notes"][0].startswith("demo at 224 pixels was left out: the demo network is made for 256")
    assert {f["hd95"]["cases"] for f in every} == {3} and summary["calibration"]


def test_everything_is_written_and_a_second_call_measures_nothing(evaluated, hippocampi, capsys):
    assert {path.name for path in evaluated.iterdir()} >= {
        "report.html",
        "summary.json",
        "cases.csv",
        "slices.csv",
    }
    before = (evaluated / "summary.json").read_bytes()
    options = ["--points", "1,5", "--sizes", "256,224", "--tolerance", "hippocampus=1", "--device", "cpu"]
    assert main(["evaluate", "demo", "--data", str(hippocampi), "--out", str(evaluated), *options]) == 0
    told = capsys.readouterr().out
    assert "3 cases (3 of them before)" in told and "demo: test Dice" in told
    assert (evaluated / "summary.json").read_bytes() == before


def test_two_checkpoints_are_compared_in_a_sentence(hippocampi, tmp_path, capsys):
    arguments = ["evaluate", "demo", "--against", "demo", "--against-preset", "litemedsam", "--most", "2"]
    assert (
        main([*arguments, "--data", str(hippocampi), "--out", str(tmp_path / "out"), "--device", "cpu"]) == 0
    )
    told = capsys.readouterr().out
    assert "demo raised test Dice from 0." in told or "demo lowered test Dice from 0." in told
    assert "(n = 2 cases, p = 0.50); fewer than 6 cases cannot show a difference" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--jitter", "5%"], "error: --jitter: '5%' is no list of shares; write 0.05"),
        (["--jitter", "1.5"], "error: --jitter: '1.5' is no list of shares"),
        (["--points", "0,1"], "error: --points: 0 is no number of clicks"),
        (["--points", "many"], "error: --points: 'many' is no list of whole numbers; write 0,1,2"),
        (["--seeds", "-1"], "error: --seeds: '-1' is no list of whole numbers"),
        (["--per", "patient"], "error: --per: there is no 'patient'; use case or slice"),
        (["--objects", "blob"], "error: --objects: there is no 'blob'; use label or part"),
        (["--min-pixels", "9"], "error: --min-pixels: a case is measured whole; give --per slice"),
        (["--fuse", "median"], "error: --fuse: there is no rule 'median'; use mean or max"),
        (["--fuse", "mean"], "error: --fuse: no two images belong to one case"),
        (["--tolerance", "x=wide"], "error: --tolerance: 'x=wide' is no length; write 2 or SET=1.5"),
        (["--sizes", "512", "--device", "cpu"], "error: --sizes: demo at 512 pixels was left out"),
        (["--split", "test"], "error: --split: "),
        (["--sets", "nowhere"], "error: --sets: there is no set 'nowhere'; use hippocampus"),
        (["--uncounted", "nowhere"], "error: --uncounted: there is no set 'nowhere'; use hippocampus"),
        (["--preset", "medsamm"], "error: preset: there is no preprocessing preset 'medsamm'"),
        (["--intensity", "ct-sofd"], "error: intensity: 'ct-sofd' is no preset"),
        (["--against", "no-such-model"], "no-such-model"),
        (["--most", "0"], "error: --most: "),
        (["--jiter", "0"], "error: --jiter: "),
    ],
)
def test_a_wrong_option_is_one_line_and_nothing_is_written(hippocampi, tmp_path, capsys, options, told):
    out = tmp_path / "out"
    assert main(["evaluate", "demo", "--data", str(hippocampi), "--out", str(out), *options]) == 2
    shown = capsys.readouterr()
    assert told in shown.err and len(shown.err.splitlines()) == 1, shown.err
    assert not out.exists() and not shown.out


@pytest.mark.parametrize(
    ("model", "data", "told"),
    [
        ("no-such.safetensors", None, "no-such.safetensors"),
        ("demo", "nowhere", "nowhere: does not exist; check the path"),
    ],
)
def test_what_is_not_there_is_one_line(hippocampi, tmp_path, capsys, model, data, told):
    source = hippocampi if data is None else tmp_path / data
    assert main(["evaluate", model, "--data", str(source), "--out", str(tmp_path / "out")]) == 2
    shown = capsys.readouterr()
    assert told in shown.err and len(shown.err.splitlines()) == 1
