"""Whole comparisons: everyone on the same objects in the same boxes; what is done is not done again."""

from __future__ import annotations

import csv
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medsam_core.errors import OptionError, OutputError
from medsam_training.cli import main
from medsam_training.compare.comparison import Contest, compare
from medsam_training.compare.competitor import Competitor, promptable_competitors, specialist_competitor
from medsam_training.compare.specialist_config import read_specialists
from medsam_training.compare.table import ComparisonTable
from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.case_list import list_cases
from medsam_training.evaluate.contestant import Contestant
from medsam_training.evaluate.models import ModelWish
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.prompt import Prompt
from medsam_training.evaluate.segmenter import Answer, Segmenter
from medsam_training.evaluate.study import single_studies
from medsam_training.evaluate.study_rows import measure_study
from medsam_training.fit.run_folder import RunFolder

QUICK = (
    "loop.steps_per_epoch=2",
    "loop.batch=2",
    "loop.tensorboard=false",
    "loop.pictures=false",
    "optimiser.warmup_steps=1",
)
KINDS = ("unet", "deeplabv3plus")
NAMES = ("small", "U-Net", "DeepLabV3+", "ellipse")
WORDS = ["--size", "32", "--width", "8", "--epochs", "2", "--device", "cpu"]
WORDS += [word for change in QUICK for word in ("--set", change)]


@pytest.fixture()
def a_contest(shapes_set: Path, starts: dict[str, Path]) -> Callable[..., Contest]:
    """Makes a contest of seconds: a_contest(epochs=3), a_contest(models=())."""

    def make(
        *changes: str, epochs: int = 2, kinds: tuple[str, ...] = KINDS, data: Path = shapes_set, **parts
    ) -> Contest:
        specialists = read_specialists(
            kinds, str(data), [*QUICK, *changes], epochs=epochs, seed=0, size=32, width=8, device="cpu"
        )
        models = parts.pop("models", (ModelWish(str(starts["demo"]), device="cpu"),))
        return Contest(data, models, specialists, Plan(**parts), device="cpu")

    return make


@pytest.fixture()
def compared(a_contest: Callable[..., Contest], tmp_path: Path) -> tuple[Path, ComparisonTable]:
    return tmp_path / "out", compare(a_contest(), tmp_path / "out", say=lambda _: None)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_table_holds_everyone_with_finite_figures_and_the_first_untested(
    compared: tuple[Path, ComparisonTable],
) -> None:
    out, table = compared
    rows = [row for row in rows_of(out / "comparison.csv") if row["set"] == "all"]
    assert [row["model"] for row in rows] == [line.name for line in table.overall]
    assert [row["model"] for row in rows][1:] == list(NAMES[1:])
    for row in rows:
        low, mean, high = (float(row[f"dsc{end}"]) for end in ("_low", "", "_high"))
        assert 0 <= low <= mean <= high <= 1
        assert math.isfinite(float(row["hd95"])) and row["hd95_unit"] == "mm"
        assert 0 <= float(row["nsd"]) <= 1 and float(row["seconds_per_image"]) > 0
    assert [row["p_holm"] == "" for row in rows] == [True, False, False, False]
    assert [row["training_seconds"] != "" for row in rows] == [False, True, True, False]
    assert all(int(row["parameters"]) > 0 for row in rows[:3]) and rows[3]["parameters"] == "0"
    assert float(rows[1]["dsc_above_first"]) == pytest.approx(
        float(rows[1]["dsc"]) - float(rows[0]["dsc"]), abs=1e-5
    )


def test_json_says_how_and_the_figure_is_a_picture(compared: tuple[Path, ComparisonTable]) -> None:
    out, _ = compared
    said = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    assert said["schema"] == "medsam-comparison/1" and said["split"] == "test"
    assert said["plan"]["askings"] == ["box ±5 %"]
    assert [one["name"] for one in said["competitors"]][1:] == list(NAMES[1:])
    assert len(said["sentences"]) == 3
    with Image.open(out / "comparison.png") as picture:
        assert picture.format == "PNG" and picture.width > 800 and np.asarray(picture).std() > 10


def test_everyone_was_measured_on_the_same_objects_none_of_them_trained_on(
    compared: tuple[Path, ComparisonTable],
) -> None:
    out, _ = compared
    seen: dict[str, set] = {}
    for row in rows_of(out / "slices.csv"):
        seen.setdefault(row["model"], set()).add(tuple(row[k] for k in ("case", "slice", "number", "seed")))
    assert len(seen) == 4 and len(set(map(frozenset, seen.values()))) == 1
    assert {case for case, *_ in next(iter(seen.values()))} == {"shapes/8", "shapes/9"}


class Recorder:
    """A segmenter that notes what it is told."""

    def __init__(self, inner: Segmenter) -> None:
        self.inner, self.name = inner, inner.name
        self.takes_points, self.takes_boxes = inner.takes_points, inner.takes_boxes
        self.told: list[tuple[float, ...]] = []

    def segment(self, image_yx: np.ndarray, prompts: list[Prompt]) -> list[Answer]:
        self.told += [tuple(prompt.box_xyxy) for prompt in prompts]
        return self.inner.segment(image_yx, prompts)


def test_everyone_is_told_the_same_boxes(
    compared: tuple[Path, ComparisonTable], a_contest: Callable[..., Contest], shapes_set: Path
) -> None:
    out, _ = compared
    everyone: list[Competitor] = promptable_competitors(a_contest().models)
    everyone += [specialist_competitor(k, RunFolder(out / "specialists" / k), "cpu") for k in KINDS]
    recorders = [Recorder(one.contestant.segmenter) for one in everyone]
    study = single_studies(list_cases([shapes_set]))[0]
    plan = Plan(askings=(Asking("box", 0.1),), seeds=(0, 1))
    for recorder in recorders:
        measure_study(study, study.load(), [Contestant(recorder, 32)], plan)
    assert recorders[0].told == recorders[1].told == recorders[2].told
    assert len(set(recorders[0].told)) == 2 * 3 * 2  # labels, slices, seeds


def test_what_is_finished_is_not_done_again(
    compared: tuple[Path, ComparisonTable], a_contest: Callable[..., Contest]
) -> None:
    out, first = compared
    files = [*(out / "specialists").rglob("*"), *(out / "measured").rglob("*.json")]
    before = {path: path.stat().st_mtime_ns for path in files}
    again = compare(a_contest(), out, say=lambda _: None)
    assert {path: path.stat().st_mtime_ns for path in files} == before
    assert [line.figure for line in again.lines] == [line.figure for line in first.lines]


def test_one_more_competitor_leaves_the_others_as_they_are(
    a_contest: Callable[..., Contest], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    compare(a_contest(kinds=("unet",)), out, say=lambda _: None)
    weights = (out / "specialists" / "unet" / "best.safetensors").stat().st_mtime_ns
    table = compare(a_contest(), out, say=lambda _: None)
    assert [line.name for line in table.overall][1:] == list(NAMES[1:])
    assert (out / "specialists" / "unet" / "best.safetensors").stat().st_mtime_ns == weights


def test_a_killed_comparison_goes_on_and_ends_as_one_that_was_not(
    compared: tuple[Path, ComparisonTable], a_contest: Callable[..., Contest], shapes_set: Path,
    starts: dict[str, Path], tmp_path: Path,
) -> None:  # fmt: skip
    whole, table = compared
    out = tmp_path / "killed"
    words = ["compare", "--data", str(shapes_set), "--models", str(starts["demo"]), "--specialists", *KINDS]
    process = subprocess.Popen(
        [sys.executable, "-m", "medsam_training.cli", *words, *WORDS, "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    last = RunFolder(out / "specialists" / "unet").last
    deadline = time.monotonic() + 200
    while not last.is_file() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert last.is_file() and not (out / "comparison.csv").exists(), "it was killed at another time"
    after = compare(a_contest(), out, say=lambda _: None)
    assert [line.figure for line in after.lines] == [line.figure for line in table.lines]
    for kind in KINDS:
        one, other = (folder / "specialists" / kind / "best.safetensors" for folder in (whole, out))
        assert one.read_bytes() == other.read_bytes()


def test_a_specialist_that_was_trained_otherwise_is_never_taken_for_this_one(
    compared: tuple[Path, ComparisonTable], a_contest: Callable[..., Contest]
) -> None:
    out, _ = compared
    with pytest.raises(OptionError, match=r"was trained otherwise \(loop.epochs was 2, not 3\)"):
        compare(a_contest(epochs=3), out, say=lambda _: None)


def test_a_folder_with_other_files_is_left_alone(a_contest: Callable[..., Contest], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match=r"holds other files \(letter.txt\)"):
        compare(a_contest(), tmp_path)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--specialists", "unett"], "error: --specialists: there is no 'unett'; did you mean 'unet'?; use"),
        (["--specialists", "unet", "unet"], "error: --specialists: unet is given twice; give each once"),
        ([], "error: --models: there is nobody to compare"),
        (["--specialists", "unet", "--size", "100"], "error: --size: 100 is no size for a specialist"),
        (["--specialists", "unet", "--set", "loop.epoch=3"], "did you mean 'epochs'"),
        (["--specialists", "unet", "--set", "prompts.points=1"], "understands one box and nothing else"),
        (["--specialists", "unet", "--split", "train"], "error: --split: 'train' is no split to measure on"),
        (["--specialists", "unet", "--uncounted", "liver"], "error: --uncounted: there is no set 'liver'"),
        (["--specialists", "unet", "--labels", "dics"], "error: --labels: no case has 'dics'; did you mean"),
        (["--models", "no.pth"], "error: "),
    ],
)
def test_bad_input_is_one_line_and_trains_nothing(
    shapes_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert main(["compare", "--data", str(shapes_set), "--out", str(tmp_path / "out"), *words]) == 2
    shown = capsys.readouterr().err
    assert told in shown and len(shown.strip().splitlines()) == 1
    assert not (tmp_path / "out" / "specialists").exists()


def test_data_that_is_not_prepared_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--specialists", "unet", "--out", str(tmp_path / "out")]
    assert main(["compare", "--data", str(tmp_path), *words]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_from_real_images_to_the_printed_table(
    data_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = ["image,mask,split"]
    for number, path in enumerate(sorted((data_root / "polyp_endoscopy" / "masks").iterdir())[:12]):
        image = next((data_root / "polyp_endoscopy" / "images").glob(f"{path.stem}.*"))
        split = "train" if number < 6 else "val" if number < 9 else "test"
        listed.append(f"{image},{path},{split}")
    (tmp_path / "polyps.csv").write_text("\n".join(listed))
    words = ["prepare", str(tmp_path / "polyps.csv"), "--out", str(tmp_path / "data"), "--workers", "1"]
    assert main(words) == 0
    capsys.readouterr()
    words = ["compare", "--data", str(tmp_path / "data"), "--models", "demo", "--specialists", "unet"]
    assert main([*words, *WORDS, "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr()
    rows = [line.split() for line in shown.out.splitlines() if "[" in line]
    table = {row[0]: row for row in rows}
    assert list(table) == ["demo", "U-Net", "ellipse"]
    assert float(table["demo"][3]) > 0.85 > float(table["U-Net"][4])
    assert "measuring U-Net" in shown.err and "validation Dice" in shown.err
    assert "(n = 3 cases, p = " in shown.out
