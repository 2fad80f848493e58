"""The networks that are measured, and the published way of running them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from medsam_core.checkpoints.loaded_checkpoint import open_checkpoint
from medsam_core.checkpoints.names import locate_checkpoint
from medsam_core.errors import MedSAMError
from medsam_core.models.architecture import Architecture
from medsam_core.models.registry import ARCHITECTURES, build_network

QUICK = Architecture(
    name="vit_quick",
    family="vit",
    image_size=256,
    embed_dim=64,
    depth=2,
    num_heads=2,
    window_size=7,
    global_attn_indexes=(1,),
)
"""A SAM that encodes in milliseconds, for a trial of the benchmark itself."""

_REAL_VIT_B = ("medsam", "vit_b")


@dataclass(frozen=True)
class Subject:
    """A network under test.

    Attributes:
        model: what its rows are called.
        checkpoint: a path or a name.
        preset: preprocessing preset; None for the checkpoint's own.
        weights: where the weights are from, in words.
        reference: what its encoder is compared with, in words.
        masks_mean_something: False for random weights.
    """

    model: str
    checkpoint: str
    preset: str | None
    weights: str
    reference: str
    masks_mean_something: bool


def vit_b(folder: Path, *, quick: bool) -> Subject:
    """SAM's ViT-B: fetched weights if there are any, else random ones in the published layout.

    Args:
        folder: where to write random weights.
        quick: `QUICK` in its place.
    """
    reference = "segment-anything's own encoder, PyTorch, fp32"
    found = None if quick else _fetched()
    if found is not None:
        return Subject("vit_b", found, "medsam", f"{found}, as fetched", reference, True)
    architecture = QUICK if quick else ARCHITECTURES["vit_b"]
    path = folder / f"{architecture.name}_random.pth"
    torch.save(_random_weights(architecture), path)
    return Subject(architecture.name, str(path), "medsam", "random, seed 0", reference, False)


def demo() -> Subject:
    """The network that comes with the program."""
    return Subject(
        "demo", "demo", None, "as it comes with the program", "the same network, plain PyTorch, fp32", True
    )


def reference_encoder(subject: Subject, device: str = "cpu") -> Callable[[np.ndarray], np.ndarray]:
    """The published forward pass: plain modules, float32, PyTorch's own settings."""
    network = open_checkpoint(subject.checkpoint, preset=subject.preset).network.to(device)
    encoder = network.image_encoder if hasattr(network, "image_encoder") else _First(network)

    def run(images: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return encoder(torch.from_numpy(images).to(device)).cpu().numpy()

    return run


class _First(nn.Module):
    """The first feature map of a network of ours."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        return self.network.encode(images)[0]


def _fetched() -> str | None:
    for name in _REAL_VIT_B:
        try:
            locate_checkpoint(name)
        except MedSAMError:
            continue
        return name
    return None


def _random_weights(architecture: Architecture) -> dict[str, Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = build_network(dataclasses.replace(architecture))
        for name, weight in network.named_parameters():
            if "rel_pos" in name or "pos_embed" in name:  # zero when fresh: half the attention would vanish
                nn.init.normal_(weight, std=0.02)
    return network.state_dict()
