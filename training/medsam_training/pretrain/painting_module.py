"""One step of painting, one of validation: what Lightning's loop calls."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics import MeanMetric

from medsam_training.fit.measure import Measure
from medsam_training.fit.trained_module import TrainedModule
from medsam_training.pretrain.config import PretrainConfig
from medsam_training.pretrain.examples import Example
from medsam_training.pretrain.masked_model import MaskedImageModel
from medsam_training.pretrain.painting_loss import painting_loss

VALIDATION_LOSS = Measure("validation_loss", "validation loss", larger_is_better=False)


class PaintingModule(TrainedModule):
    """A masked image model with its loss and optimiser; see `TrainedModule`."""

    def __init__(self, network: MaskedImageModel, config: PretrainConfig, steps: int, origin: str) -> None:
        super().__init__(network, config, steps, origin, config.encoder.batch_norm == "train")
        self.validation_loss = MeanMetric()

    def forward(self, batch: Example) -> Tensor:
        """Paint a batch: (b, 3, S, S)."""
        return self.network(batch["image"], batch["hidden"])

    def training_step(self, batch: Example, batch_index: int) -> Tensor:
        """The mean error over the images of a batch."""
        loss = self._errors(batch).mean()
        self.log(
            "train_loss", loss, on_step=False, on_epoch=True, sync_dist=True, batch_size=len(batch["image"])
        )
        return loss

    def validation_step(self, batch: Example, batch_index: int) -> None:
        """The same squares hidden every time."""
        self.validation_loss.update(self._errors(batch)[batch["counts"]])

    def on_validation_epoch_end(self) -> None:
        """The mean over all images of all processes."""
        self.log(VALIDATION_LOSS.key, self.validation_loss.compute())
        self.validation_loss.reset()

    def _errors(self, batch: Example) -> Tensor:
        painted = self(batch)
        with torch.autocast(self.device.type, enabled=False):
            return painting_loss(painted, batch["image"], batch["hidden"], batch["inside"], self.run.masking)
