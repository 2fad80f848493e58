"""Which cases are this process's share, where torchrun or SLURM starts several."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from medsam_core.errors import OptionError

MOST_RANKS = 10_000
_TORCHRUN = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
_SLURM = ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID")
# What processes of one start share, and most likely no other start.
_START = ("TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT", "MASTER_ADDR", "MASTER_PORT", "SLURM_JOB_ID")

ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class Shard:
    """One of several equal processes.

    Attributes:
        rank: its number, from 0.
        world: how many there are.
        local_rank: its number on this machine.
        start: equal for processes that one launcher started together.
        ends_together: whether the launcher ends all when one ends with an error, as torchrun does.
    """

    rank: int = 0
    world: int = 1
    local_rank: int = 0
    start: str = ""
    ends_together: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Shard:
        """What torchrun (RANK, WORLD_SIZE, LOCAL_RANK) or else srun (SLURM_PROCID, SLURM_NTASKS) say.

        A script of sbatch that was not started by srun is one process, whatever the tasks of its job.

        Raises:
            OptionError: the variables contradict each other.
        """
        given = os.environ if environment is None else environment
        if "RANK" in given or "WORLD_SIZE" in given:
            return cls._of(given, _TORCHRUN, ends_together="TORCHELASTIC_RUN_ID" in given)
        only_a_script = "SLURM_JOB_ID" in given and "SLURM_STEP_ID" not in given
        if "SLURM_PROCID" in given and "SLURM_NTASKS" in given and not only_a_script:
            return cls._of(given, _SLURM, ends_together=False)
        return cls()

    @classmethod
    def _of(cls, given: Mapping[str, str], names: Sequence[str], *, ends_together: bool) -> Shard:
        rank, world = (_number(given, name) for name in names[:2])
        if not rank < world <= MOST_RANKS:
            problem = f"are {rank} and {world}"
            remedy = "let the ranks be 0 to one less than the size"
            raise OptionError(" and ".join(names[:2]), problem, remedy)
        local = _number(given, names[2]) if names[2] in given else 0
        return cls(rank, world, local, _start_of(given, world), ends_together and world > 1)

    def share(self, items: Sequence[ItemT]) -> Sequence[ItemT]:
        """Every world-th item, beginning with that of the rank's number."""
        return items[self.rank :: self.world]

    def device(self, wish: str, backend: str) -> str:
        """The device to ask for: a CUDA GPU of its own, where there are such and no other was wished."""
        if self.world == 1 or wish not in ("auto", "cuda") or backend == "openvino":
            return wish
        import torch

        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        return f"cuda:{self.local_rank % count}" if count else wish

    def __str__(self) -> str:
        return f"rank {self.rank} of {self.world}"


def _number(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        problem = f"is '{text[:40]}'" if text else "is not set"
        raise OptionError(name, problem, "start by torchrun or srun, or unset it")
    return int(text)


def _start_of(given: Mapping[str, str], world: int) -> str:
    parts = [given.get(name, "") for name in _START]
    if given.get("LOCAL_WORLD_SIZE") == str(world):  # all are children of one launcher on this machine
        parts.append(str(os.getppid()))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
