"""A case's files appear together, and never in place of something that is read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from medsam_core.batch.case import Case
from medsam_core.batch.case_files import CaseFiles, check_inputs_are_kept, remove_stale_temporaries
from medsam_core.errors import OutputError


def files_of(folder: Path, *, overviews: bool = True) -> CaseFiles:
    return CaseFiles.of(Case("a", Path("a.nii")), folder, overviews=overviews)


def test_the_report_appears_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda a, b: (order.append(b.name), replace(a, b))[1])
    with files_of(tmp_path).open() as temporary:
        for path in temporary.paths:
            path.write_text("x")
    assert order == ["a.seg.nrrd", "a.overview.png", "a.report.json"]


def test_a_failure_while_writing_leaves_what_was_there(tmp_path: Path) -> None:
    files = files_of(tmp_path)
    files.labels.write_text("before")
    with pytest.raises(RuntimeError), files.open() as temporary:
        temporary.labels.write_text("half")
        raise RuntimeError
    assert [p.name for p in tmp_path.iterdir()] == ["a.seg.nrrd"]
    assert files.labels.read_text() == "before"


def test_any_of_its_files_is_in_the_way(tmp_path: Path) -> None:
    files = files_of(tmp_path, overviews=False)
    (tmp_path / "a.overview.png").write_text("not wanted, not in the way")
    files.check_free()
    for path in files.paths:
        path.write_text("x")
        with pytest.raises(OutputError, match=f"{path.name}: exists already; pass --resume"):
            files.check_free()
        path.unlink()


def test_an_output_that_some_case_reads_is_refused_under_any_name(tmp_path: Path) -> None:
    image = tmp_path / "b.seg.nrrd"
    image.write_text("image")
    alias = tmp_path / "alias.nrrd"
    os.link(image, alias)
    reader, writer = Case("other", alias), Case("b", tmp_path / "x.nii")
    with pytest.raises(OutputError, match=r"b\.seg\.nrrd: is a file that is read"):
        check_inputs_are_kept([reader, writer], tmp_path, ())
    check_inputs_are_kept([reader, writer], tmp_path / "out", ())
    with pytest.raises(OutputError, match=r"summary\.csv"):
        (tmp_path / "summary.csv").write_text("image,box")
        check_inputs_are_kept([writer], tmp_path, [tmp_path / "summary.csv"])


def test_results_do_not_go_into_an_image_folder(tmp_path: Path) -> None:
    case = Case("a", tmp_path / "dicom")
    case.image.mkdir()
    for folder in (case.image, case.image / "results"):
        with pytest.raises(OutputError, match="lies in the image folder"):
            check_inputs_are_kept([case], folder, ())
    check_inputs_are_kept([case], tmp_path, ())


def test_only_our_old_temporaries_are_removed(tmp_path: Path) -> None:
    old, young, other = (
        tmp_path / name for name in (".tmp-0123456789ab.seg.nrrd", ".tmp-ba9876543210.nrrd", ".tmp-mine")
    )
    for path in (old, young, other):
        path.write_text("x")
    for path, age in ((old, 3600), (young, 60), (other, 3600)):
        os.utime(path, (time.time() - age,) * 2)
    remove_stale_temporaries(tmp_path, alone=False)
    assert {p.name for p in tmp_path.iterdir()} == {young.name, other.name}
    old.write_text("just now")
    remove_stale_temporaries(tmp_path, alone=True)
    assert {p.name for p in tmp_path.iterdir()} == {old.name, other.name}


def test_an_error_names_the_file_that_was_to_be(tmp_path: Path) -> None:
    files = files_of(tmp_path)
    with pytest.raises(OutputError, match=r"a\.seg\.nrrd: is full"), files.open() as temporary:
        raise OutputError(temporary.labels, "is full", "write elsewhere")


def test_a_path_that_no_system_takes_is_one_case_s_failure_not_the_batch_s(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    cases = [Case("a", tmp_path / ("x" * 300)), Case("b", loop), Case("c", tmp_path / "\0")]
    check_inputs_are_kept(cases, tmp_path / "out", ())
