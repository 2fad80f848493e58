"""The ways of fine-tuning that are compared."""

from __future__ import annotations

METHODS: dict[str, tuple[str, tuple[str, ...]]] = {
    "decoder": ("decoder-only", ()),
    "lora": ("lora", ()),
    "adapter": ("adapter", ("strategy.blocks=all",)),
    "full": ("full", ("optimiser.rate=3e-4",)),
}
"""Each one's preset of `medsam-train fit`, and what is changed of it. The rate of `full` is one that a small
network takes; give --set optimiser.rate=1e-4 for a ViT."""

SHARED = (
    "data.shots=200",
    "data.augment=false",
    "data.validation_slices=60",
    "loop.epochs=3",
    "loop.steps_per_epoch=40",
    "loop.batch=4",
    "loop.patience=null",
    "loop.pictures=false",
    "loop.tensorboard=false",
    "optimiser.warmup_steps=10",
    "optimiser.average=0",
)
"""Of every row: the same slices, as many steps of as many slices."""
