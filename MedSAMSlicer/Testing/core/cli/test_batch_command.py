"""`medsam-slicer batch` from words to exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medsam_core.cli import main
from testkit.batch_cases import BOX, a_list, files_in, labels_in


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_NTASKS"):
        monkeypatch.delenv(name, raising=False)


def words(cases: Path, *more: str) -> list[str]:
    return ["batch", str(cases), "--output-dir", str(cases.parent / "out"), "--device", "cpu", *more]


def test_all_well_is_0_and_says_where_the_table_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(words(a_list(tmp_path, 2), "--format", ".nii.gz", "--overviews")) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[0] == "2 cases: 2 done" and "summary.csv" in out and err == ""
    assert {"c0.nii.gz", "c1.nii.gz", "c1.overview.png"} <= set(files_in(tmp_path / "out"))


def test_a_failure_is_1_and_listed_at_the_end_with_its_reason(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cases = a_list(tmp_path, 3, image="gone.nrrd")
    assert main(words(cases)) == 1
    out, err = capfd.readouterr()
    assert "3 cases: 2 done, 1 failed" in out
    (line,) = err.splitlines()
    assert line.startswith("failed: gone: ") and "does not exist; check the path" in line
    assert main(words(cases, "--resume")) == 1
    assert "3 cases: 2 skipped, 1 failed" in capfd.readouterr().out


def test_a_csv_of_several_boxes_and_prompts(tmp_path: Path) -> None:
    a_list(tmp_path, 2)
    segment = {"name": "ball", "label": 4, "boxes": [{"min": [5, 5, 1], "max": [20, 19, 2]}]}
    (tmp_path / "p.json").write_text(json.dumps({"version": 1, "frame": "ijk", "segments": [segment]}))
    (tmp_path / "cases.csv").write_bytes(
        f'\ufeffimage,boxes,prompts,id\r\nc0.nrrd,"{BOX};4,4,1,12,12,2",,one\r\nc1.nrrd,,p.json,two\r\n'.encode()
    )
    assert main(words(tmp_path / "cases.csv")) == 0
    told = json.loads((tmp_path / "out" / "summary.json").read_text())["cases"]
    assert [(row["id"], row["segments"]) for row in told] == [("one", 2), ("two", 1)]


BAD_LISTS = {
    "missing": None,
    "not JSON": b"{",
    "no list": b"{}",
    "empty": b"[]",
    "unknown column": b'[{"image": "c0.nrrd", "bx": "1,2,3,4,5,6"}]',
    "same id": b'[{"image": "c0.nrrd", "id": "a"}, {"image": "c0.nrrd", "id": "A"}]',
    "output elsewhere": b'[{"image": "c0.nrrd", "output": "../c0.nrrd"}]',
    "image overwritten": b'[{"image": "out/c0.seg.nrrd", "box": "1,2,3,4,5,6"}]',
}
BAD_OPTIONS = [
    ("--propagation", "magic"),
    ("--intensity", "ct-nose"),
    ("--model", "none"),
    ("--precision", "int3"),
    ("--format", ".docx"),
    ("--resume", "--force"),
    ("--colour", "red"),
]


@pytest.mark.parametrize("name", BAD_LISTS)
def test_a_bad_list_is_one_line_and_2_and_nothing_is_written(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cases = a_list(tmp_path, 1)
    if name == "image overwritten":
        (tmp_path / "out").mkdir()
        (tmp_path / "c0.nrrd").rename(tmp_path / "out" / "c0.seg.nrrd")
    if BAD_LISTS[name] is None:
        cases.unlink()
    else:
        cases.write_bytes(BAD_LISTS[name])
    refused(words(cases, "--force"), tmp_path, capfd)


@pytest.mark.parametrize("option", BAD_OPTIONS, ids=lambda o: o[0])
def test_a_bad_option_is_one_line_and_2_and_nothing_is_written(
    option: tuple[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    refused(words(a_list(tmp_path, 1), *option), tmp_path, capfd)


def refused(line: list[str], folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert main(line) == 2
    out, err = capfd.readouterr()
    assert out == "" and len(err.splitlines()) == 1 and err.startswith("error: ") and "; " in err, err
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_a_rank_does_its_share_only(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_PROCID", "1")
    monkeypatch.setenv("SLURM_NTASKS", "3")
    assert main(words(a_list(tmp_path, 4))) == 0
    assert capfd.readouterr().out == "rank 1 of 3: 1 cases: 1 done\n"
    assert list(labels_in(tmp_path / "out")) == ["c1.seg.nrrd"]
