"""Ranks share the cases out without a word to each other."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.batch.shard import Shard
from medsam_core.errors import OptionError

TORCHRUN = {"RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "TORCHELASTIC_RUN_ID": "x"}


@given(st.integers(0, 60), st.integers(1, 12))
def test_the_shares_together_are_all_cases_once(count: int, world: int) -> None:
    shares = [Shard(rank, world).share(range(count)) for rank in range(world)]
    assert sorted(item for share in shares for item in share) == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_lone_process_does_everything() -> None:
    assert Shard.from_environment({}) == Shard()
    assert not Shard().ends_together and Shard().device("auto", "auto") == "auto"


def test_torchrun_comes_before_slurm() -> None:
    shard = Shard.from_environment({**TORCHRUN, "SLURM_PROCID": "0", "SLURM_NTASKS": "2"})
    assert (shard.rank, shard.world, shard.local_rank, shard.ends_together) == (3, 8, 1, True)


def test_plain_variables_are_a_share_too() -> None:
    shard = Shard.from_environment({"RANK": "0", "WORLD_SIZE": "2"})
    assert (shard.rank, shard.world, shard.ends_together) == (0, 2, False)


def test_a_task_of_srun_is_a_rank_and_a_script_of_sbatch_is_not() -> None:
    task = {"SLURM_PROCID": "1", "SLURM_NTASKS": "4", "SLURM_LOCALID": "1"}
    assert str(Shard.from_environment(task)) == "rank 1 of 4"
    assert Shard.from_environment({**task, "SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0"}).rank == 1
    assert Shard.from_environment({**task, "SLURM_JOB_ID": "7"}) == Shard()


def test_processes_of_one_start_know_each_other() -> None:
    start = Shard.from_environment(TORCHRUN).start
    assert Shard.from_environment({**TORCHRUN, "RANK": "0"}).start == start
    assert Shard.from_environment({**TORCHRUN, "TORCHELASTIC_RUN_ID": "y"}).start != start


@pytest.mark.parametrize(
    "changes",
    [{"RANK": "8"}, {"RANK": "-1"}, {"RANK": "x"}, {"WORLD_SIZE": ""}, {"WORLD_SIZE": "0"}, {"RANK": "٣"}],
)
def test_variables_that_contradict_each_other_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(OptionError, match=r"RANK|WORLD_SIZE"):
        Shard.from_environment({**TORCHRUN, **changes})
    with pytest.raises(OptionError, match="WORLD_SIZE: is not set"):
        Shard.from_environment({"RANK": "0"})


def test_each_rank_takes_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    devices = [Shard(rank, 4, rank).device("auto", "auto") for rank in range(4)]
    assert devices == ["cuda:0", "cuda:1", "cuda:0", "cuda:1"]
    assert Shard(1, 2, 1).device("cuda", "torch") == "cuda:1"
    assert Shard(1, 2, 1).device("cuda:0", "auto") == "cuda:0"
    assert Shard(1, 2, 1).device("cpu", "auto") == "cpu"
    assert Shard(1, 2, 1).device("auto", "openvino") == "auto"


def test_without_a_gpu_the_wish_stands() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert Shard(1, 2, 1).device("auto", "auto") == "auto"
