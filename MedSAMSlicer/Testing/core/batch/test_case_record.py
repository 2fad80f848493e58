"""The record vouches for files that are exactly as it says, and for no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medsam_core.batch import case_record
from medsam_core.batch.case import Case
from medsam_core.batch.case_files import CaseFiles
from medsam_core.batch.case_record import KEY, CaseRecord
from medsam_core.batch.case_row import CaseRow
from medsam_core.batch.content import sha256_of_file

INPUTS, OPTIONS = {"image": "1", "boxes": "2"}, {"model": "3"}


@pytest.fixture
def files(tmp_path: Path) -> CaseFiles:
    files = CaseFiles.of(Case("a", Path("a.nii")), tmp_path, overviews=True)
    for path in (files.labels, files.overview):
        path.write_bytes(path.name.encode())
    record = CaseRecord(
        inputs=INPUTS,
        options=OPTIONS,
        outputs={path.name: sha256_of_file(path) for path in (files.labels, files.overview)},
        row=CaseRow("a", "done", 1.0, 1, 2, 3.0, 0.5, 6),
    )
    files.report.write_text(json.dumps({"version": "1", KEY: record.model_dump()}))
    return files


def holds(files: CaseFiles, inputs: dict = INPUTS, options: dict = OPTIONS) -> bool:
    record = CaseRecord.read(files.report)
    return record is not None and record.still_holds(files, inputs, options)


def test_untouched_files_hold(files: CaseFiles) -> None:
    assert holds(files)
    assert CaseRecord.read(files.report).row == CaseRow("a", "done", 1.0, 1, 2, 3.0, 0.5, 6)


def test_an_overview_that_is_not_wanted_does_not_count(files: CaseFiles) -> None:
    files.overview.unlink()
    assert not holds(files)
    assert holds(CaseFiles(files.labels, files.report))


def test_other_inputs_options_or_another_output_do_not_hold(files: CaseFiles) -> None:
    assert not holds(files, inputs={**INPUTS, "image": "x"})
    assert not holds(files, options={**OPTIONS, "precision": "bf16"})
    other = files.labels.with_name("b.nii")
    other.write_bytes(files.labels.read_bytes())
    assert not holds(CaseFiles(other, files.report))


@pytest.mark.parametrize("content", [b"", b"half", None])
def test_labels_that_are_gone_cut_or_altered_do_not_hold(files: CaseFiles, content: bytes | None) -> None:
    if content is None:
        files.labels.unlink()
    else:
        files.labels.write_bytes(content)
    assert not holds(files)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"batch": 1}', '{"batch": {"version": 2}}', "[" * 100_000, "\0"]
)
def test_a_report_that_is_no_record_is_none(files: CaseFiles, text: str) -> None:
    files.report.write_text(text)
    assert CaseRecord.read(files.report) is None


def test_a_cut_or_giant_report_is_none(files: CaseFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = files.report.read_bytes()
    files.report.write_bytes(whole[:-1])
    assert CaseRecord.read(files.report) is None
    files.report.write_bytes(whole)
    monkeypatch.setattr(case_record, "_LARGEST_REPORT", len(whole) - 1)
    assert CaseRecord.read(files.report) is None
