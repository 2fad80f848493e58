"""What every trained network has in common here: optimiser, checkpoint, the end of an epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightning.pytorch as pl
import torch
from torch import nn

from medsam_core.errors import CheckpointError, DeviceError
from medsam_training.fit.config import LoopConfig
from medsam_training.fit.schedule import rate_share
from medsam_training.fit.sharding import shard

DATA_PARALLEL = "data_parallel"
"""What Lightning calls the dimension of the processes that share each step's slices."""


class TrainedModule(pl.LightningModule):
    """A network with its optimiser; a subclass has its steps.

    Args:
        network: whose `requires_grad` says what trains.
        config: of the run.
        steps: optimiser steps of the whole run.
        origin: where the starting weights came from; a resumed run must start from the same.
        moves_statistics: running statistics of batches (a TinyViT's) move.
    """

    def __init__(
        self, network: nn.Module, config: LoopConfig, steps: int, origin: str, moves_statistics: bool
    ) -> None:
        super().__init__()
        self.network, self.run, self.steps, self.origin = network, config, steps, origin
        self.moves_statistics = moves_statistics
        self.time_used: Callable[[], float] = lambda: 0.0
        self.strict_loading = False  # frozen weights come from the starting checkpoint

    def on_train_epoch_end(self) -> None:
        """A run that diverged ends here, not after its last epoch.

        Raises:
            DeviceError: the loss is not a number.
        """
        loss = self.trainer.callback_metrics.get("train_loss")
        if loss is not None and not torch.isfinite(loss):
            remedy = "lower optimiser.rate, set optimiser.clip, or use precision bf16 or fp32; then --resume"
            raise DeviceError("training", f"the loss of epoch {self.current_epoch} is {float(loss)}", remedy)

    def configure_model(self) -> None:
        """Spread the weights over the processes, where the run wants that."""
        if self.device_mesh is not None:
            shard(self.network, self.device_mesh[DATA_PARALLEL])

    def configure_optimizers(self) -> dict[str, Any]:
        """AdamW over what trains; biases and norms without decay unless asked for."""
        settings = self.run.optimiser
        trained = [p for p in self.network.parameters() if p.requires_grad]
        decayed = [p for p in trained if settings.decay_everything or p.ndim > 1]
        plain = [p for p in trained if not settings.decay_everything and p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": settings.decay}, {"params": plain, "weight_decay": 0.0}]
        optimiser = torch.optim.AdamW([g for g in groups if g["params"]], lr=settings.rate)
        share: Callable[[int], float] = rate_share(settings, self.steps, lambda: self.time_used())
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, share)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def train(self, mode: bool = True) -> TrainedModule:
        """Only a TinyViT with moving statistics has a training mode; all else computes alike in both."""
        super().train(mode)
        if not self.moves_statistics:
            self.network.eval()
        return self

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what trains (and running statistics); the rest is in the starting checkpoint."""
        frozen = {f"network.{n}" for n, p in self.network.named_parameters() if not p.requires_grad}
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {name: tensor for name, tensor in state.items() if name not in frozen}
        checkpoint["origin"] = self.origin

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """See that it belongs to these frozen weights.

        Raises:
            CheckpointError: it was trained on top of others.
        """
        if checkpoint.get("origin") != self.origin:
            problem = f"was trained on top of {checkpoint.get('origin')}, not of {self.origin}"
            raise CheckpointError("last.ckpt", problem, "put the starting checkpoint back where it was")
