"""What the loaders of every run have in common."""

from __future__ import annotations

from typing import Any

import lightning.pytorch as pl
from torch.utils.data import DataLoader, Dataset

from medsam_training.fit.examples import EpochNumbers
from medsam_training.fit.loader_processes import LoaderContext
from medsam_training.fit.slice_pool import SlicePool


class RunData(pl.LightningDataModule):
    """Training and validation slices.

    Args:
        config: of the run: a `LoopConfig` with a section "data" that names its workers.
        training, validation: the slices.
    """

    def __init__(self, config: Any, training: SlicePool, validation: SlicePool) -> None:
        super().__init__()
        self.run, self.training, self.validation = config, training, validation

    def passes_per_epoch(self, world: int) -> int:
        """Forward passes of one epoch on each process."""
        loop = self.run.loop
        per_step = loop.batch * world * loop.accumulate
        steps = loop.steps_per_epoch or -(-len(self.training) // per_step)
        return steps * loop.accumulate

    def training_loader(self, examples: Dataset) -> DataLoader:
        """This process's share of each step's examples."""
        loop, world = self.run.loop, self.trainer.world_size
        numbers = EpochNumbers(self.passes_per_epoch(world), loop.batch, self.trainer.global_rank, world)
        return self._loader(examples, loop.batch, numbers)

    def validation_loader(self, examples: Dataset, batch: int = 1) -> DataLoader:
        """This process's share of the validation slices."""
        share = validation_share(len(self.validation), self.trainer.global_rank, self.trainer.world_size)
        return self._loader(examples, batch, share)

    def _loader(self, examples: Dataset, batch: int, numbers: Any) -> DataLoader:
        workers = self.run.data.workers
        return DataLoader(
            examples,
            batch_size=batch,
            sampler=numbers,
            num_workers=workers,
            multiprocessing_context=LoaderContext() if workers else None,
            persistent_workers=workers > 0,
            pin_memory=self.run.loop.device in ("auto", "cuda") and workers > 0,
        )


def validation_share(count: int, rank: int, world: int) -> list[int]:
    """One process's numbers: as many as every other's, since they may have to step together.

    Numbers of `count` and above stand for slices that have been counted already.
    """
    return list(range(rank, -(-count // world) * world, world))
