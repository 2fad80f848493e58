"""A batch: what is right is done whatever else is wrong, and what is done is done once."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import medsam_core as medsam
from medsam_core.batch import Case, run_batch
from medsam_core.batch.batch_model import ModelChoice
from medsam_core.batch.shard import Shard
from medsam_core.errors import (
    CasesError,
    CheckpointError,
    IntensityError,
    MedSAMError,
    OptionError,
    OutputError,
)
from medsam_core.geometry import Geometry
from testkit.batch_cases import BOX, a_ball, a_list, files_in, labels_in, rewritten
from testkit.dicom_files import write_series

ALONE = Shard()


@pytest.fixture(scope="module")
def model() -> medsam.Model:
    return medsam.load_model("demo", device="cpu")


def run(cases, folder: Path, model, **options):
    return run_batch(cases, folder, model, shard=ALONE, **options)


def statuses(summary) -> list[str]:
    return [row.status for row in summary.rows]


def test_every_case_gives_what_segment_gives(tmp_path: Path, model: medsam.Model) -> None:
    cases = a_list(tmp_path, 2, output="b.nii.gz")
    summary = run(cases, tmp_path / "out", model, overviews=True, propagation="track")
    assert statuses(summary) == ["done", "done"] and summary.is_complete
    assert set(files_in(tmp_path / "out")) == {
        *("c0.seg.nrrd", "c0.report.json", "c0.overview.png"),
        *("b.nii.gz", "b.report.json", "b.overview.png", "summary.csv", "summary.json"),
    }
    for n, name in enumerate(("c0.seg.nrrd", "b.nii.gz")):
        volume = medsam.read_volume(tmp_path / f"c{n}.nrrd")
        box = medsam.Box((5, 5, 1), (20, 19, 2))
        alone = medsam.segment_volume(volume, medsam.Prompts.from_boxes([box]), model, propagation="track")
        written = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out" / name)))
        np.testing.assert_array_equal(written, alone.labels_kji)
        assert summary.rows[n].voxels == alone.segments[0].voxels
        assert summary.rows[n].worst_slice == alone.segments[0].worst_slice


def test_one_failure_of_any_kind_never_stops_the_rest(tmp_path: Path, model: medsam.Model) -> None:
    a_list(tmp_path, 1)
    (tmp_path / "cut.nii.gz").write_bytes(b"\x1f\x8b\x08rubbish")
    (tmp_path / "prompts.json").write_text('{"version": 9}')
    (tmp_path / "empty").mkdir()
    bad = [
        ({"image": "none.nrrd", "box": BOX}, "does not exist"),
        ({"image": "cut.nii.gz", "box": BOX}, "cut.nii.gz"),
        ({"image": "empty", "box": BOX}, "no DICOM images"),
        ({"image": "c0.nrrd", "box": "1,2,3"}, "six whole numbers"),
        ({"image": "c0.nrrd", "box": "0,0,0,99,9,1"}, "outside"),
        ({"image": "c0.nrrd"}, "neither is given"),
        ({"image": "c0.nrrd", "box": BOX, "prompts": "prompts.json"}, "both are given"),
        ({"image": "c0.nrrd", "prompts": "prompts.json"}, "prompts.json"),
        ({"image": "c0.nrrd", "prompts": "none.json"}, "does not exist"),
        ({"image": "c0.nrrd", "box": BOX, "output": "x.png"}, "x.png"),
        ({"image": "c0.nrrd", "box": BOX, "frame": 5}, "frame"),
    ]
    rows = [{**row, "id": f"bad {n}"} for n, (row, _) in enumerate(bad)]
    rows.append({"image": "c0.nrrd", "box": BOX})
    summary = run(rewritten(tmp_path / "cases.json", rows), tmp_path / "out", model)
    assert statuses(summary) == ["failed"] * len(bad) + ["done"]
    for row, (_, said) in zip(summary.rows, bad, strict=False):
        assert said in row.reason and "; " in row.reason and "\n" not in row.reason
    assert set(files_in(tmp_path / "out")) == {
        *("c0.seg.nrrd", "c0.report.json", "summary.csv", "summary.json")
    }


@pytest.mark.parametrize("error", [MemoryError, ValueError("odd\nthing"), RecursionError])
def test_running_out_of_memory_or_a_bug_costs_one_case(
    tmp_path: Path, model: medsam.Model, error: Exception
) -> None:
    def progress(done: int, total: int, what: str) -> None:
        if what.startswith("c1: "):
            raise error

    summary = run(a_list(tmp_path), tmp_path / "out", model, progress=progress)
    assert statuses(summary) == ["done", "failed", "done"]
    assert ("memory" if error is MemoryError else "unexpected failure") in summary.rows[1].reason
    assert "\n" not in summary.rows[1].reason
    assert not any(name.startswith("c1") for name in files_in(tmp_path / "out"))


def test_the_table_tells_of_every_case(tmp_path: Path, model: medsam.Model) -> None:
    cases = a_list(tmp_path, 3, box="0,0,0,99,9,1")
    run(cases, tmp_path / "out", model)
    with (tmp_path / "out" / "summary.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["id"], row["status"]) for row in rows] == [("c0", "done"), ("c1", "done"), ("c2", "failed")]
    assert float(rows[0]["ml"]) > 0 and 0 < float(rows[0]["least_confidence"]) <= 1
    assert rows[0]["worst_slice"] in {"1", "2"} and "outside" in rows[2]["reason"]
    told = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert told["complete"] and told["options"]["propagation"] == "roi"


def test_finished_cases_are_skipped_and_not_touched(tmp_path: Path, model: medsam.Model) -> None:
    cases, out = a_list(tmp_path), tmp_path / "out"
    run(cases, out, model)
    before, times = files_in(out), {p.name: p.stat().st_mtime_ns for p in out.glob("c*")}
    again = run(cases, out, model, resume=True)
    assert statuses(again) == ["skipped"] * 3
    assert {p.name: p.stat().st_mtime_ns for p in out.glob("c*")} == times
    assert again.rows[0].voxels == json.loads(before["summary.json"])["cases"][0]["voxels"]


def test_resuming_redoes_what_is_altered_half_written_gone_or_outdated_and_nothing_else(
    tmp_path: Path, model: medsam.Model
) -> None:
    cases, out = a_list(tmp_path, 6), tmp_path / "out"
    run(cases, out, model)
    whole = labels_in(out)
    (out / "c0.seg.nrrd").write_bytes(whole["c0.seg.nrrd"][:-9])
    (out / "c1.seg.nrrd").unlink()
    (out / "c2.report.json").unlink()
    (out / "c3.seg.nrrd").write_bytes(whole["c0.seg.nrrd"])
    a_ball(tmp_path / "c4.nrrd", seed=99)
    again = run(cases, out, model, resume=True)
    assert statuses(again) == ["done"] * 5 + ["skipped"]
    assert {n: c for n, c in labels_in(out).items() if n != "c4.seg.nrrd"} == {
        n: c for n, c in whole.items() if n != "c4.seg.nrrd"
    }


@pytest.mark.parametrize(
    "changed", [{"propagation": "track"}, {"intensity": "ct-bone"}, {"overviews": True}], ids=lambda c: str(c)
)
def test_resuming_with_other_options_redoes(tmp_path: Path, model: medsam.Model, changed: dict) -> None:
    cases = a_list(tmp_path, 1)
    run(cases, tmp_path / "out", model)
    assert statuses(run(cases, tmp_path / "out", model, resume=True, **changed)) == ["done"]
    assert statuses(run(cases, tmp_path / "out", model, resume=True, **changed)) == ["skipped"]


def test_resuming_with_another_box_prompts_file_or_model_redoes(tmp_path: Path) -> None:
    cases, out = a_list(tmp_path, 1), tmp_path / "out"
    choice = ModelChoice("demo", device="cpu")
    assert statuses(run(cases, out, choice)) == ["done"]
    assert statuses(run(cases, out, choice, resume=True)) == ["skipped"]
    a_list(tmp_path, 1, box="6,5,1,20,19,2")
    assert statuses(run(cases, out, choice, resume=True)) == ["done"]
    own = tmp_path / "own.safetensors"
    shutil.copy(medsam.load_model("demo", device="cpu").info.path, own)
    assert statuses(run(cases, out, ModelChoice(own, device="cpu"), resume=True)) == ["skipped"]
    assert statuses(run(cases, out, ModelChoice("demo", device="cpu", precision="fp32"), resume=True)) == [
        "done"
    ]


def test_a_failed_case_is_tried_again(tmp_path: Path, model: medsam.Model) -> None:
    cases = a_list(tmp_path, 2)
    image = (tmp_path / "c1.nrrd").read_bytes()
    (tmp_path / "c1.nrrd").unlink()
    assert statuses(run(cases, tmp_path / "out", model)) == ["done", "failed"]
    (tmp_path / "c1.nrrd").write_bytes(image)
    assert statuses(run(cases, tmp_path / "out", model, resume=True)) == ["skipped", "done"]


def test_without_resume_what_exists_is_refused_and_force_redoes_it(
    tmp_path: Path, model: medsam.Model
) -> None:
    cases, out = a_list(tmp_path, 2), tmp_path / "out"
    out.mkdir()
    (out / "c0.seg.nrrd").write_bytes(b"mine")
    summary = run(cases, out, model)
    assert statuses(summary) == ["failed", "done"] and "--resume" in summary.rows[0].reason
    assert files_in(out)["c0.seg.nrrd"] == b"mine"
    assert statuses(run(cases, out, model, force=True)) == ["done", "done"]
    assert files_in(out)["c0.seg.nrrd"] != b"mine"


def test_a_dicom_folder_is_an_image_and_its_series_can_be_chosen(tmp_path: Path, model: medsam.Model) -> None:
    ball = medsam.read_volume(a_ball(tmp_path / "a.nrrd"))
    for uid in ("1.2.3", "1.2.4"):
        write_series(tmp_path / "study" / uid, ball.array_kji, Geometry((28, 26, 4), np.eye(4)), uid=uid)
    rows = [{"image": "study", "box": BOX}, {"image": "study", "box": BOX, "id": "b", "series": "1.2.4"}]
    cases = rewritten(tmp_path / "cases.json", rows)
    summary = run(cases, tmp_path / "out", model)
    assert statuses(summary) == ["failed", "done"] and "series" in summary.rows[0].reason
    assert statuses(run(cases, tmp_path / "out", model, resume=True)) == ["failed", "skipped"]


def test_cancelling_keeps_what_is_finished_and_the_next_run_goes_on(
    tmp_path: Path, model: medsam.Model
) -> None:
    cases, out = a_list(tmp_path, 4), tmp_path / "out"
    told: list[str] = []
    summary = run(cases, out, model, on_case=lambda row: told.append(row.id), cancel=lambda: len(told) == 2)
    assert statuses(summary) == ["done", "done", "pending", "pending"] and not summary.is_complete
    assert sorted(labels_in(out)) == ["c0.seg.nrrd", "c1.seg.nrrd"]
    assert statuses(run(cases, out, model, resume=True)) == ["skipped", "skipped", "done", "done"]


def test_cases_may_come_as_a_list(
    tmp_path: Path, model: medsam.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_list(tmp_path, 2)
    monkeypatch.chdir(tmp_path)
    assert statuses(run([{"image": "c0.nrrd", "box": BOX}], tmp_path / "out", model)) == ["done"]
    given = [Case("a", tmp_path / "c0.nrrd", (BOX,)), Case("b", tmp_path / "c1.nrrd", (BOX,))]
    assert statuses(run(given, tmp_path / "out", model)) == ["done", "done"]
    boxes = [medsam.Box((5, 5, 1), (20, 19, 2))]
    rows = [{"image": tmp_path / "c0.nrrd", "box": boxes[0], "id": "c"}]
    rows.append({"image": tmp_path / "c0.nrrd", "boxes": boxes, "id": "d"})
    again = run([*rows], tmp_path / "out", model)
    assert statuses(again) == ["done", "done"]
    assert len(set(labels_in(tmp_path / "out").values())) == 2  # of two different images
    with pytest.raises(CasesError, match="id 'a'"):
        run([given[0], given[0]], tmp_path / "out", model)


def test_a_finished_batch_never_loads_the_model(tmp_path: Path, model: medsam.Model) -> None:
    cases, choice = a_list(tmp_path, 1), ModelChoice("demo", device="cpu")
    run(cases, tmp_path / "out", choice)
    asked: list[str] = []
    run(cases, tmp_path / "out", choice, resume=True, progress=lambda *said: asked.append(said[2]))
    assert asked == ["c0"]


BAD: dict[str, tuple[dict, type[MedSAMError]]] = {
    "model": ({"model": "no-such-model"}, CheckpointError),
    "device": ({"model": ModelChoice("demo", device="tpu")}, MedSAMError),
    "preset": ({"model": ModelChoice("demo", preset="none-such")}, OptionError),
    "propagation": ({"propagation": "magic"}, OptionError),
    "intensity": ({"intensity": "ct-nose"}, IntensityError),
    "format": ({"format": ".docx"}, CasesError),
    "resume and force": ({"resume": True, "force": True}, OptionError),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_option_is_told_before_anything_is_made(tmp_path: Path, name: str) -> None:
    options, error = BAD[name]
    with pytest.raises(error):
        run_batch(a_list(tmp_path, 1), tmp_path / "out", **{"model": "demo", **options})
    assert not (tmp_path / "out").exists()


def test_an_image_is_never_replaced_by_a_segmentation(tmp_path: Path, model: medsam.Model) -> None:
    cases = a_list(tmp_path, 2, id="b", output="c0.nrrd")
    before = files_in(tmp_path)
    with pytest.raises(OutputError, match=r"c0\.nrrd: is a file that is read"):
        run(cases, tmp_path, model, force=True)
    assert files_in(tmp_path) == before
