"""The two loaders of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from torch import nn
from torch.utils.data import DataLoader

from medsam_core.inference.presets import Interpolation, Preset
from medsam_training.fit.config import RunConfig
from medsam_training.fit.embedding_store import EmbeddingStore, encode_rows
from medsam_training.fit.examples import (
    Example,
    ExampleMaker,
    TrainingExamples,
    ValidationExamples,
)
from medsam_training.fit.mixture.mixed_examples import MixedExamples
from medsam_training.fit.mixture.slice_catalogue import SliceCatalogue
from medsam_training.fit.run_data import RunData
from medsam_training.fit.slice_pool import SlicePool


class SliceData(RunData):
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
        super().__init__(config, training, validation)
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

    def train_dataloader(self) -> DataLoader[Example]:
        """This process's share of each step's examples."""
        return self.training_loader(self._examples(self.run.loop.batch * self.trainer.world_size))

    def val_dataloader(self) -> DataLoader[Example]:
        """This process's share of the validation slices, one at a time."""
        maker = self._maker(self.preset)
        return self.validation_loader(
            ValidationExamples(self.validation, maker, self.run.loop.seed, self.stores[1])
        )

    def _examples(self, per_step: int) -> TrainingExamples | MixedExamples:
        data = self.run.data
        if data.mixture is not None:
            catalogue = SliceCatalogue.of(self.training, data.mixture.sets)
            return MixedExamples(catalogue, self.run, self.preset, per_step)
        maker = self._maker(_for_training(self.preset, data.float_resize))
        return TrainingExamples(self.training, maker, self.run.loop.seed, per_step, store=self.stores[0])

    def _maker(self, preset: Preset) -> ExampleMaker:
        return ExampleMaker(preset, self.truth_side, self.run.data, self.run.prompts)


def _for_training(preset: Preset, float_resize: bool) -> Preset:
    if float_resize and preset.interpolation is Interpolation.SKIMAGE_CUBIC:
        return dataclasses.replace(preset, interpolation=Interpolation.SKIMAGE_CUBIC_FLOAT)
    return preset
