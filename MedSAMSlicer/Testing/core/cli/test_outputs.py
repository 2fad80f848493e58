"""No output replaces anything that was read, and all come or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.cli.outputs import Outputs
from medsam_core.errors import OptionError, OutputError


def test_no_output_may_replace_an_input_even_by_force(tmp_path: Path) -> None:
    scan = tmp_path / "scan.nrrd"
    scan.write_bytes(b"scan")
    link = tmp_path / "link.png"
    link.symlink_to(scan)
    labels = tmp_path / "labels.nrrd"
    for outputs in (Outputs(scan, force=True), Outputs(labels, report=scan, force=True)):
        with pytest.raises(OutputError, match="is the image itself"):
            outputs.check({"the image": scan})
    with pytest.raises(OutputError, match="is the image itself"):
        Outputs(labels, overview=link, force=True).check({"the image": scan})


def test_two_outputs_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match="name one file"):
        Outputs(Path("a.nrrd"), report=tmp_path / "a.nrrd").check({})


def test_an_overview_is_a_png(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"\.png"):
        Outputs(tmp_path / "a.nrrd", overview=tmp_path / "a.jpg").check({})


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    loop = tmp_path / "loop.nrrd"
    loop.symlink_to(loop)
    with pytest.raises(OutputError, match="loop"):
        Outputs(loop).check({})


def test_all_files_appear_or_none(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "a.nrrd", report=tmp_path / "a.json")
    with pytest.raises(ZeroDivisionError), outputs.open() as files:
        files["--output"].write_bytes(b"done")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with outputs.open() as files:
        for file in files.values():
            file.write_bytes(b"done")
    assert {p.name for p in tmp_path.iterdir()} == {"a.nrrd", "a.json"}
