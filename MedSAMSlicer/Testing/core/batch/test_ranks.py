"""Several processes make what one makes, byte for byte, without talking to each other."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from medsam_core.batch import BatchSummary, run_batch
from medsam_core.batch.batch_model import ModelChoice
from medsam_core.batch.shard import Shard
from testkit.batch_cases import BOX, a_list, labels_in, rewritten

ENGINE = Path(__file__).resolve().parents[3]
BATCH = ("-m", "medsam_core", "batch")
TORCHRUN = ("-m", "torch.distributed.run", "--nproc-per-node", "2")


def process(*words: object, **environment: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if "RANK" not in name and "SLURM" not in name}
    return subprocess.Popen(
        [sys.executable, *map(str, words), "--device", "cpu"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**kept, "PYTHONPATH": str(ENGINE), "OMP_NUM_THREADS": "1", **environment},
    )


def here(cases: Path, out: Path, shard: Shard, *, resume: bool = False) -> BatchSummary:
    return run_batch(cases, out, ModelChoice(device="cpu"), shard=shard, resume=resume)


def table(folder: Path) -> list[tuple[str, str, str]]:
    with (folder / "summary.csv").open(newline="") as stream:
        return [(row["id"], row["status"], row["voxels"]) for row in csv.DictReader(stream)]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_list(tmp_path_factory.mktemp("cases"), 5)


@pytest.fixture(scope="module")
def by_one(cases: Path) -> Path:
    out = cases.parent / "by one"
    assert here(cases, out, Shard()).count("done") == 5
    return out


def test_two_ranks_of_torchrun_make_the_same_bytes(cases: Path, by_one: Path) -> None:
    out = cases.parent / "by torchrun"
    run = process(*TORCHRUN, *BATCH, cases, "--output-dir", out)
    told, err = run.communicate(timeout=300)
    assert run.returncode == 0, err
    assert labels_in(out) == labels_in(by_one)
    assert table(out) == table(by_one)
    assert "rank 0 of 2: 3 cases: 3 done" in told and "rank 1 of 2: 2 cases: 2 done" in told
    assert here(cases, out, Shard(), resume=True).count("skipped") == 5


def test_a_failure_of_one_rank_does_not_end_the_other(cases: Path, by_one: Path) -> None:
    # The first rank has nothing but failures and would end at once; the second has all the work.
    mixed = []
    for number, good in enumerate(json.loads(cases.read_text())):
        mixed += [{"image": "none", "box": BOX, "id": f"bad {number}"}, good]
    out = cases.parent / "with failures"
    run = process(*TORCHRUN, *BATCH, rewritten(cases.with_name("mixed.json"), mixed), "--output-dir", out)
    _, err = run.communicate(timeout=300)
    assert run.returncode == 1
    assert labels_in(out) == labels_in(by_one)
    assert [status for _, status, _ in table(out)] == ["failed", "done"] * 5
    assert err.count("failed: bad ") == 5


def test_two_tasks_of_slurm_at_once_make_the_same_bytes(cases: Path, by_one: Path) -> None:
    out = cases.parent / "by slurm"
    words = (*BATCH, cases, "--output-dir", out)
    runs = [process(*words, SLURM_PROCID=str(rank), SLURM_NTASKS="2") for rank in range(2)]
    told = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert sum("summary.csv" in text for text in told) >= 1
    assert labels_in(out) == labels_in(by_one) and table(out) == table(by_one)


@pytest.mark.parametrize("world", [2, 3, 7])
def test_any_number_of_ranks_in_any_order_make_the_same_bytes(cases: Path, by_one: Path, world: int) -> None:
    out = cases.parent / f"by {world}"
    complete = [here(cases, out, Shard(rank, world)).is_complete for rank in reversed(range(world))]
    assert complete == [False] * (world - 1) + [True]
    assert labels_in(out) == labels_in(by_one) and table(out) == table(by_one)


def test_another_number_of_ranks_takes_up_what_the_first_left(cases: Path, by_one: Path) -> None:
    out = cases.parent / "two then one"
    here(cases, out, Shard(0, 2))
    here(cases, out, Shard(), resume=True)
    assert [status for _, status, _ in table(out)] == ["skipped", "done"] * 2 + ["skipped"]
    assert labels_in(out) == labels_in(by_one)
