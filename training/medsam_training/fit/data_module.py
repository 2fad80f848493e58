"""The two loaders of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import lightning.pytorch as pl
from torch import nn
from torch.utils.data import DataLoader

from medsam_core.inference.presets import Interpolation, Preset
from medsam_training.fit.config import RunConfig
from medsam_training.fit.embedding_store import EmbeddingStore, encode_rows
from medsam_training.fit.examples import (
    EpochNumbers,
    Example,
    ExampleMaker,
    TrainingExamples,
    ValidationExamples,
)
from medsam_training.fit.slice_pool import SlicePool


class SliceData(pl.LightningDataModule):
    """Training and validation slices.

    Args:
        config: of the run.
        preset: how the network wants its images.
        truth_side: side of the canvas on which masks are compared in training.
        training, validation: the slices.
        network: what fills the stores.
        stores: of both pools, where embeddings are kept.
        say: told what takes long.
    """

    def __init__(
        self,
        config: RunConfig,
        preset: Preset,
        truth_side: int,
        training: SlicePool,
        validation: SlicePool,
        network: nn.Module,
        stores: tuple[EmbeddingStore, EmbeddingStore] | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        super().__init__()
        self.run = config
        self.training, self.validation = training, validation
        self.preset, self.truth_side = preset, truth_side
        self.network, self.stores, self.say = network, stores or (None, None), say

    def setup(self, stage: str) -> None:
        """Fill the stores, each process its share; Lightning calls it when all processes are there."""
        for store, pool in zip(self.stores, (self.training, self.validation), strict=True):
            if store is not None:
                self._fill(store, pool)

    def _fill(self, store: EmbeddingStore, pool: SlicePool) -> None:
        strategy, first = self.trainer.strategy, self.trainer.is_global_zero
        if first:
            store.create()
        strategy.barrier()
        missing = store.missing()
        share = missing[self.trainer.global_rank :: self.trainer.world_size]
        strategy.barrier()  # nobody fills before everybody has counted
        device = strategy.root_device
        features_of = encode_rows(pool, self.network.to(device), self.preset, device)

        tenth = max(1, len(share) // 10)

        def tell(done: int, before: int) -> None:
            if first and (done // tenth > before // tenth or done == len(share)):
                self.say(f"encoding slices, once: {done} of {len(share)}")

        store.fill(share, features_of, self.run.loop.batch, tell)
        strategy.barrier()

    def passes_per_epoch(self, world: int) -> int:
        """Forward passes of one epoch on each process."""
        loop = self.run.loop
        per_step = loop.batch * world * loop.accumulate
        steps = loop.steps_per_epoch or -(-len(self.training) // per_step)
        return steps * loop.accumulate

    def train_dataloader(self) -> DataLoader[Example]:
        """This process's share of each step's examples."""
        loop, world = self.run.loop, self.trainer.world_size
        maker = self._maker(_for_training(self.preset, self.run.data.float_resize))
        examples = TrainingExamples(
            self.training, maker, loop.seed, per_step=loop.batch * world, store=self.stores[0]
        )
        numbers = EpochNumbers(self.passes_per_epoch(world), loop.batch, self.trainer.global_rank, world)
        return self._loader(examples, loop.batch, numbers)

    def val_dataloader(self) -> DataLoader[Example]:
        """This process's share of the validation slices, one at a time."""
        examples = ValidationExamples(
            self.validation, self._maker(self.preset), self.run.loop.seed, self.stores[1]
        )
        return self._loader(examples, 1, examples.share(self.trainer.global_rank, self.trainer.world_size))

    def _maker(self, preset: Preset) -> ExampleMaker:
        return ExampleMaker(preset, self.truth_side, self.run.data, self.run.prompts)

    def _loader(self, examples: object, batch: int, numbers: object) -> DataLoader[Example]:
        workers = self.run.data.workers
        return DataLoader(
            examples,
            batch_size=batch,
            sampler=numbers,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=self.run.loop.device in ("auto", "cuda") and workers > 0,
        )


def _for_training(preset: Preset, float_resize: bool) -> Preset:
    if float_resize and preset.interpolation is Interpolation.SKIMAGE_CUBIC:
        return dataclasses.replace(preset, interpolation=Interpolation.SKIMAGE_CUBIC_FLOAT)
    return preset
