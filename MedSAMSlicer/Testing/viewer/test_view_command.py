"""`medsam-slicer view` before it listens."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from medsam_core.cli import main
from testkit.viewer_process import ViewerProcess


def test_a_missing_extra_is_one_line_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import medsam_core.cli.view_command as command

    find = importlib.util.find_spec
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "trame_slicer" else find(name))
    assert main(["view", "--demo"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "pip install -c constraints.txt -e '.[viewer]'" in told


@pytest.mark.parametrize(
    "words",
    [
        ["nowhere.nii.gz"],
        ["--demo", __file__],
        ["--port", "70000"],
        ["--demo", "--segmentation", "nowhere.seg.nrrd"],
        ["--segmentation", __file__],
        ["--demo", "--model", "nowhere.pth"],
    ],
)
def test_bad_words_are_told_in_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", *words]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert told.count("\n") == 1


def test_a_folder_that_does_not_exist_is_told_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("trame_slicer")
    words = ["-m", "medsam_core", "view", "--folder", str(tmp_path / "nowhere")]
    run = subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("error: --folder")
    assert run.stderr.count("\n") == 1


def test_ctrl_c_ends_it_without_complaint() -> None:
    pytest.importorskip("trame_slicer")
    viewer = ViewerProcess()
    assert viewer.close() == 0
    assert viewer.log.splitlines()[-1] == "The viewer has ended."
    assert "Traceback" not in viewer.log


def test_a_port_in_use_is_told_in_one_line() -> None:
    pytest.importorskip("trame_slicer")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = ["-m", "medsam_core", "view", "--port", str(taken.getsockname()[1])]
        run = subprocess.run(
            [sys.executable, *words], capture_output=True, text=True, timeout=120, check=False
        )
    assert run.returncode == 2
    assert "give another port" in run.stderr
    assert "Traceback" not in run.stderr
