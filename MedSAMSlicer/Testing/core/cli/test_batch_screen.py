"""What a batch shows: a growing table to someone who looks, nothing to a log."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from medsam_core.batch.case_row import CaseRow
from medsam_core.batch.shard import Shard
from medsam_core.batch.summary import BatchSummary
from medsam_core.cli.batch_screen import BatchScreen, print_batch
from testkit.batch_cases import a_list


def test_a_log_stays_empty(capfd: pytest.CaptureFixture[str]) -> None:
    with BatchScreen(Shard()) as screen:
        screen.progress(0, 2, "a")
        screen.show(CaseRow("a", "done", 1.0, 1, 2, 3.0, 0.5, 6))
        assert screen.told == 1
    assert capfd.readouterr() == ("", "")


def test_the_end_counts_and_lists_failures(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = (CaseRow("a", "done"), CaseRow("b", "failed", reason="b.nii: [bold]is empty; copy it"))
    print_batch(BatchSummary(tmp_path, rows, rows))
    out, err = capfd.readouterr()
    assert out.splitlines() == ["2 cases: 1 done, 1 failed", f"wrote {tmp_path / 'summary.csv'}"]
    assert err == "failed: b: b.nii: [bold]is empty; copy it\n"


def test_a_share_of_nothing_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    print_batch(BatchSummary(tmp_path, (), (CaseRow("a", "pending"),), Shard(1, 2)))
    assert capfd.readouterr().out == "rank 1 of 2: 0 cases: none is its share\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_a_terminal_shows_a_line_for_each_case(tmp_path: Path) -> None:
    import pty

    cases = a_list(tmp_path, 2, image="gone.nrrd")
    master, slave = pty.openpty()
    engine = Path(__file__).resolve().parents[3]
    kept = {name: value for name, value in os.environ.items() if "RANK" not in name and "SLURM" not in name}
    process = subprocess.Popen(
        [sys.executable, "-m", "medsam_core", "batch", str(cases), "-o", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=slave,
        env={**kept, "PYTHONPATH": str(engine), "TERM": "xterm", "COLUMNS": "120", "OMP_NUM_THREADS": "1"},
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not part:
            break
        shown += part
    process.communicate(timeout=60)
    os.close(master)
    text = shown.decode()
    assert process.returncode == 1
    assert "least sure" in text and "c0" in text and "gone" in text and "Cases" in text
