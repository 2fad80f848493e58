"""The two loaders of a pretraining."""

from __future__ import annotations

from torch.utils.data import DataLoader

from medsam_core.inference.presets import Preset
from medsam_training.fit.run_data import RunData
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.pretrain.config import PretrainConfig
from medsam_training.pretrain.examples import HiddenMaker, TrainingImages, ValidationImages


class ImageData(RunData):
    """Training and validation slices without their labels.

    Args:
        config: of the run.
        preset: how the network wants its images.
        training, validation: the slices.
    """

    def __init__(
        self, config: PretrainConfig, preset: Preset, training: SlicePool, validation: SlicePool
    ) -> None:
        super().__init__(config, training, validation)
        self.maker = HiddenMaker(preset, config.masking)

    def train_dataloader(self) -> DataLoader:
        """This process's share of each step's examples."""
        seed, augment = self.run.loop.seed, self.run.data.augment
        return self.training_loader(TrainingImages(self.training, self.maker, seed, augment))

    def val_dataloader(self) -> DataLoader:
        """This process's share of the validation slices."""
        examples = ValidationImages(self.validation, self.maker, self.run.loop.seed)
        return self.validation_loader(examples, self.run.loop.batch)
