"""How many processes a launcher has started, and on how many machines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from medsam_training.fit.config import Loop


@dataclass(frozen=True)
class Launch:
    """What Lightning's Trainer asks for.

    Attributes:
        devices: processes per machine, or "auto".
        nodes: machines.
        is_first: whether this process is the one that writes.
        processes: of all machines; 1 where Lightning itself starts them.
    """

    devices: int | str
    nodes: int
    is_first: bool
    processes: int

    @classmethod
    def of(cls, loop: Loop, environment: Mapping[str, str] = os.environ) -> Launch:
        """Read torchrun's or SLURM's variables; without them the configuration's word."""
        if "TORCHELASTIC_RUN_ID" in environment:
            local, world = int(environment["LOCAL_WORLD_SIZE"]), int(environment["WORLD_SIZE"])
            return cls(local, world // local, environment["RANK"] == "0", world)
        tasks = int(environment.get("SLURM_NTASKS", 1))
        if tasks > 1 and "SLURM_PROCID" in environment:
            nodes = int(environment.get("SLURM_NNODES", 1))
            return cls(tasks // nodes, nodes, environment["SLURM_PROCID"] == "0", tasks)
        devices = 1 if loop.devices == "auto" and loop.device == "cpu" else loop.devices
        return cls(devices, loop.nodes, environment.get("LOCAL_RANK", "0") == "0", 1)
