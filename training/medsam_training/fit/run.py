"""A run of fine-tuning, from its configuration to its best weights."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from medsam_core.errors import OptionError
from medsam_core.inference.presets import Preset
from medsam_core.models.architecture import Architecture
from medsam_training.fit.config import FitConfig, RunConfig
from medsam_training.fit.embedding_store import EmbeddingStore, store_of
from medsam_training.fit.export_model import header_of, write_model
from medsam_training.fit.history import Row
from medsam_training.fit.mixture.mixture_pools import mixture_pools
from medsam_training.fit.run_folder import RunFolder
from medsam_training.fit.sharding import check_sharding
from medsam_training.fit.slice_pool import SlicePool, label_names
from medsam_training.fit.start import Start, start_of
from medsam_training.fit.strategy import count_weights, trained_network, trains_encoder
from medsam_training.fit.training_run import train
from medsam_training.prepared_set import PreparedSet


@dataclass(frozen=True, eq=False)
class Prepared:
    """A starting network with the strategy's parts, and the data: a `Trainable`.

    Attributes:
        config: of the run.
        start: what it starts from.
        network: with the method's parts, what trains marked.
        architecture: what its state dict is of.
        training, validation: slices.
    """

    config: FitConfig
    start: Start
    network: nn.Module
    architecture: Architecture
    training: SlicePool
    validation: SlicePool

    @classmethod
    def of(cls, config: FitConfig) -> Prepared:
        """Open the data and the starting checkpoint.

        Raises:
            MedSAMError: something of it cannot be used.
        """
        source = open_data(config)
        start = start_of(config, label_names(source, config.data))
        check_sharding(config.loop, start.architecture)
        network, architecture = trained_network(start, config.strategy, config.loop.seed)
        if count_weights(network)[0] == 0:
            raise OptionError("strategy", "nothing would train", "choose other components or another method")
        return cls(config, start, network, architecture, *pools_of(source, config, start.class_names))

    @property
    def preset(self) -> Preset:
        """See `Trainable`."""
        return self.start.preset

    @property
    def class_names(self) -> tuple[str, ...]:
        """See `Trainable`."""
        return self.start.class_names

    @property
    def origin(self) -> str:
        """See `Trainable`."""
        return self.start.origin

    @property
    def moves_statistics(self) -> bool:
        """See `Trainable`."""
        return self.config.strategy.batch_norm == "train"

    @property
    def goes_on_by(self) -> str:
        """See `Trainable`."""
        return f"medsam-train fit --resume --out {shlex.quote(self.config.out)}"

    def export(self, row: Row, path: Path, half: bool = False) -> Path:
        """Write the network's present weights."""
        header = header_of(self.config, self.start, self.network, self.training, row)
        return write_model(self.network, self.architecture, header, path, half)

    def stores(self) -> tuple[EmbeddingStore, EmbeddingStore] | None:
        """Where the embeddings of both pools are kept, if they are.

        Raises:
            OptionError: they are asked for and cannot be.
        """
        data, config = self.config.data, self.config
        possible = not (data.augment or data.float_resize or trains_encoder(self.network))
        if data.cache_embeddings == "always" and not possible:
            problem = "needs a frozen encoder, augment=false and float_resize=false"
            raise OptionError("data.cache_embeddings", problem, "set it to auto, or use preset decoder-only")
        if data.cache_embeddings == "never" or not possible:
            return None
        parent = Path(data.cache_folder or Path(config.out).parent / "embeddings")
        training, validation = (
            store_of(parent, pool, self.network, self.start.preset, data.cache_type, data.cache_gb)
            for pool in (self.training, self.validation)
        )
        return training, validation


def open_data(config: RunConfig) -> PreparedSet:
    """The prepared set of a run.

    Raises:
        OptionError: the run has no data or no folder.
        PreparedSetError: there is no such set.
    """
    if not config.data_set or not config.out:
        missing = "out" if config.data_set else "data_set"
        raise OptionError(missing, "is not set", "give --data FOLDER and --out FOLDER")
    return PreparedSet.open(config.data_set)


def pools_of(
    source: PreparedSet, config: RunConfig, class_names: tuple[str, ...] = ()
) -> tuple[SlicePool, SlicePool]:
    """The slices to learn from and those to check on.

    Raises:
        OptionError: none are left.
    """
    data, seed = config.data, config.loop.seed
    if data.mixture is not None:
        return mixture_pools(source, data, seed)
    training = SlicePool.of(source, "train", data, data.shots, seed, class_names)
    validation = SlicePool.of(source, "val", data, data.validation_slices, seed, class_names)
    return training, validation


def fit(config: FitConfig, resume: bool = False) -> RunFolder:
    """Fine-tune: see `training_run.train`."""
    return train(lambda: Prepared.of(config), config, resume)
