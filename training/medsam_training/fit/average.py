"""The moving average of the weights, which usually segments better than the last ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn

from medsam_training.fit.sharding import spread_like, whole

_YOUNG = 10  # the average of n steps forgets no slower than n / (n + 10)


class WeightAverage(pl.Callback):
    """Averages what trains (and running statistics); validation and export see the average.

    Args:
        decay: share of the old average that a step keeps; 0 is no average at all.
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.average: dict[str, Tensor] = {}
        self.steps = 0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start from the weights, or go on."""
        if self.decay == 0:
            return
        live = _averaged(pl_module.network)
        self.average = {
            name: spread_like(self.average.get(name, tensor), tensor) for name, tensor in live.items()
        }

    @torch.no_grad()
    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *rest: Any) -> None:
        """Move the average, once per step of the optimiser."""
        if self.decay == 0 or trainer.global_step == self.steps:
            return
        self.steps = trainer.global_step
        decay = min(self.decay, (1 + self.steps) / (_YOUNG + self.steps))
        for name, tensor in _averaged(pl_module.network).items():
            if tensor.is_floating_point():
                self.average[name].lerp_(tensor, 1.0 - decay)
            else:
                self.average[name].copy_(tensor)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Show the average."""
        self._swap(pl_module.network)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Back to the weights."""
        self._swap(pl_module.network)

    @contextmanager
    def shown(self, network: nn.Module) -> Iterator[None]:
        """The network with the average in place of its weights, meanwhile."""
        self._swap(network)
        try:
            yield
        finally:
            self._swap(network)

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint; all processes take part."""
        return {"average": {n: whole(tensor) for n, tensor in self.average.items()}, "steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """From the checkpoint, before the run starts."""
        self.average, self.steps = dict(state_dict["average"]), state_dict["steps"]

    @torch.no_grad()
    def _swap(self, network: nn.Module) -> None:
        for name, tensor in _averaged(network).items():
            if name in self.average:
                kept = tensor.clone()
                tensor.copy_(self.average[name])
                self.average[name].copy_(kept)


def _averaged(network: nn.Module) -> dict[str, Tensor]:
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    return {**trained, **dict(network.named_buffers())}
