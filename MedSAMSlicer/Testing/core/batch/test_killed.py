"""Killed at any moment, a batch goes on where it was and redoes nothing that was finished."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medsam_core.batch import run_batch
from medsam_core.batch.batch_model import ModelChoice
from medsam_core.batch.shard import Shard
from testkit.batch_cases import a_list, files_in, labels_in

ENGINE = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")


def start(cases: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if "RANK" not in name and "SLURM" not in name}
    words = ["-m", "medsam_core", "batch", str(cases), "--output-dir", str(out), "--device", "cpu", *more]
    return subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**kept, "PYTHONPATH": str(ENGINE), "OMP_NUM_THREADS": "1"},
    )


def wait_for_reports(process: subprocess.Popen[str], out: Path, count: int) -> None:
    until = time.monotonic() + 120
    while len(list(out.glob("*.report.json"))) < count and time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def statuses(out: Path) -> list[str]:
    return [row["status"] for row in json.loads((out / "summary.json").read_text())["cases"]]


def test_killed_again_and_again_it_ends_with_the_same_bytes_and_redoes_nothing(tmp_path: Path) -> None:
    cases, out = a_list(tmp_path, 6), tmp_path / "out"
    whole = tmp_path / "whole"
    run_batch(cases, whole, ModelChoice(device="cpu"), shard=Shard())
    for finished in (1, 3):
        process = start(cases, out, "--resume")
        wait_for_reports(process, out, finished)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    time.sleep(2.1)  # what was touched in the last two seconds might be somebody's who is at work
    before = {p.name: p.stat().st_mtime_ns for p in out.glob("*.report.json")}
    last = run_batch(cases, out, ModelChoice(device="cpu"), shard=Shard(), resume=True)
    after = {p.name: p.stat().st_mtime_ns for p in out.glob("*.report.json")}
    assert before.items() <= after.items() and len(before) >= 3
    assert labels_in(out) == labels_in(whole)
    assert not list(out.glob(".tmp-*"))
    assert [row.status for row in last.rows] == ["skipped"] * len(before) + ["done"] * (6 - len(before))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_scheduler_s_sigterm_keep_what_is_finished(tmp_path: Path, number: int) -> None:
    cases, out = a_list(tmp_path, 40), tmp_path / "out"
    process = start(cases, out)
    wait_for_reports(process, out, 2)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    (line,) = err.splitlines()
    assert line.startswith("error: interrupted: stopped after ") and "--resume" in line
    done = statuses(out).count("done")
    assert done >= 1 and statuses(out) == ["done"] * done + ["pending"] * (40 - done)
    assert not [name for name in files_in(out) if name.startswith(".tmp-")]
    assert len(labels_in(out)) in (done, done + 1)  # the signal may come between a file and its note
