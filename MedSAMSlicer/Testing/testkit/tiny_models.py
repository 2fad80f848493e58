"""Real networks of a few thousand random weights, wrapped as models that a predictor takes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from medsam_core.checkpoints.info import CheckpointInfo
from medsam_core.inference.backend import FeatureMaps, PromptArrays
from medsam_core.inference.presets import PRESETS, Preset
from medsam_core.inference.threads import one_thread
from medsam_core.models.architecture import Architecture
from medsam_core.models.network import PromptTensors
from medsam_core.models.registry import build_network


class PlainBackend:
    """A network as it is, on the CPU in float32; see `inference.backend.Backend`."""

    name, device, precision = "torch", "cpu", "fp32"

    def __init__(self, network: torch.nn.Module) -> None:
        self.network = network.eval()
        self.image_size, self.low_resolution = network.image_size, network.low_resolution

    def encode(self, images: np.ndarray) -> FeatureMaps:
        with one_thread(), torch.inference_mode():
            return tuple(feature.numpy() for feature in self.network.encode(torch.from_numpy(images)))

    def decode(
        self, features: FeatureMaps, prompts: PromptArrays, multimask: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        masks = prompts.mask_logits
        tensors = PromptTensors(
            torch.from_numpy(prompts.points_xy),
            torch.from_numpy(prompts.labels),
            None if masks is None else torch.from_numpy(masks),
        )
        with one_thread(), torch.inference_mode():
            maps = tuple(torch.from_numpy(feature) for feature in features)
            return tuple(out.numpy() for out in self.network.decode(maps, tensors, multimask))


@dataclass(frozen=True, eq=False)
class TinyModel:
    """What a predictor needs of a model."""

    backend: PlainBackend
    preset: Preset
    info: CheckpointInfo
    name: str = "tiny"


def a_tiny_architecture(**changes: object) -> Architecture:
    """A ViT of two blocks at 64 pixels."""
    row = Architecture(
        name="tiny",
        family="vit",
        image_size=64,
        embed_dim=32,
        depth=2,
        num_heads=2,
        window_size=3,
        global_attn_indexes=(1,),
        out_chans=32,
    )
    return dataclasses.replace(row, **changes)


def a_tiny_model(
    preset: str = "medsam", seed: int = 0, score_is_trained: bool = False, **architecture: object
) -> TinyModel:
    """A tiny network with random weights under a preset; equal seeds give equal weights."""
    built = a_tiny_architecture(**architecture)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_network(built)
        _spread_logits(network)
    info = CheckpointInfo(
        path=Path("tiny.safetensors"),
        name="tiny",
        format="test",
        architecture=built,
        preset=preset,
        parameters=sum(p.numel() for p in network.parameters()),
        sha256=f"{seed:064x}",
        bytes=0,
        score_is_trained=score_is_trained,
    )
    row = dataclasses.replace(PRESETS[preset], image_size=built.image_size)
    return TinyModel(PlainBackend(network), row, info)


def _spread_logits(network: torch.nn.Module) -> None:
    """Random weights give logits near 0 everywhere; ours should make masks."""
    with torch.no_grad():
        for mlp in network.mask_decoder.output_hypernetworks_mlps:
            mlp.layers[-1].weight.mul_(40)
            mlp.layers[-1].bias.zero_()
