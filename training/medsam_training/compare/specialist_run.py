"""A specialist's training, by the same loop as fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medsam_core.inference.presets import Preset
from medsam_training.compare.specialist import Specialist
from medsam_training.compare.specialist_config import SpecialistConfig
from medsam_training.compare.specialist_file import SpecialistHeader, write_specialist
from medsam_training.compare.specialist_kinds import build_specialist, specialist_preset
from medsam_training.fit.history import Row
from medsam_training.fit.run import open_data, pools_of
from medsam_training.fit.run_folder import RunFolder
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.fit.training_run import train
from medsam_training.prepared_set import PreparedSet


@dataclass(frozen=True, eq=False)
class SpecialistRun:
    """A specialist with random weights, and the data: a `Trainable`.

    Attributes:
        config: of the run.
        network: all of it trains.
        training, validation: slices.
    """

    config: SpecialistConfig
    network: Specialist
    training: SlicePool
    validation: SlicePool

    class_names = ()
    moves_statistics = False  # group and instance norms have none
    goes_on_by = "the same command"

    @classmethod
    def of(cls, config: SpecialistConfig) -> SpecialistRun:
        """Open the data and draw the weights.

        Raises:
            MedSAMError: something of it cannot be used.
        """
        pools = pools_of(open_data(config), config)
        wanted = config.network
        network = build_specialist(wanted.kind, wanted.image_size, wanted.channels, config.loop.seed)
        return cls(config, network, *pools)

    @property
    def preset(self) -> Preset:
        """See `Trainable`."""
        return specialist_preset(self.config.network.image_size)

    @property
    def origin(self) -> str:
        """Says on what data, too: a checkpoint goes on with no other."""
        return f"random weights for {self.training.source.fingerprint}"

    def stores(self) -> None:
        """There are no embeddings."""

    def export(self, row: Row, path: Path, half: bool = False) -> Path:
        """Write the network's present weights."""
        return write_specialist(self.network, self._header(row), path, half)

    def _header(self, row: Row) -> SpecialistHeader:
        source: PreparedSet = self.training.source
        cases = {ref.case_id: source.case(ref.case_id) for ref in self.training.refs}
        facts = {
            "sets": sorted({case.set_name for case in cases.values()}),
            "cases": len(cases),
            "slices": len(self.training),
            "validation_dice": round(row["validation_dice"], 4),
            "epochs": int(row["epoch"]),
            "steps": int(row["steps"]),
            "seed": self.config.loop.seed,
            "data_fingerprint": source.fingerprint,
        }
        wanted = self.config.network
        return SpecialistHeader(
            self.config.name, wanted.kind, wanted.image_size, wanted.channels, self.config.licence, facts
        )


def train_specialist(config: SpecialistConfig, resume: bool) -> RunFolder:
    """Train one: see `training_run.train`."""
    return train(lambda: SpecialistRun.of(config), config, resume)
