"""The network that a run starts from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from medsam_core.checkpoints.loaded_checkpoint import LoadedCheckpoint, open_checkpoint
from medsam_core.errors import OptionError
from medsam_core.inference.presets import Preset, find_preset
from medsam_core.models.architecture import ARCHITECTURES, Architecture
from medsam_core.models.registry import build_network
from medsam_training.fit.config import FitConfig, Strategy
from medsam_training.input_size import resized

_DEFAULT_PRESETS = {"vit": "medsam", "tiny_vit": "litemedsam", "demo": "demo"}
_FAMILIES = {"vit_t": "tiny_vit", "demo": "demo"}


@dataclass(frozen=True, eq=False)
class Start:
    """A network without parameter-efficient parts of its own, and what is known of it.

    Attributes:
        network: float32, on the CPU.
        architecture: what it is built from.
        preset: how it wants its images, at its own image size.
        class_names: of a multi-class run, background first; empty otherwise.
        origin: name and checksum of the checkpoint, "random" without one.
        score_was_trained: whether the checkpoint's quality estimate meant anything.
        licence: of the checkpoint's weights; "" where it says none.
    """

    network: nn.Module
    architecture: Architecture
    preset: Preset
    class_names: tuple[str, ...]
    origin: str
    score_was_trained: bool
    licence: str = ""


def start_of(config: FitConfig, label_names: Sequence[str]) -> Start:
    """Open the starting checkpoint, or draw random weights; then fit size and number of classes.

    Args:
        config: the run.
        label_names: of the data, without background.

    Raises:
        OptionError: the parts of the configuration do not go together.
        CheckpointError: the checkpoint cannot be used.
    """
    strategy = config.strategy
    if strategy.start == "random":
        architecture, preset = _random(strategy)
        state, origin, trained, licence = None, "random", False, ""
    else:
        loaded = open_checkpoint(strategy.start, base=strategy.base, preset=strategy.preset)
        _check_backbone(strategy, loaded)
        architecture, state = loaded.info.architecture, dict(loaded.network.state_dict())
        preset = find_preset(loaded.info.preset)
        origin = f"{loaded.info.name} ({loaded.info.sha256})"
        trained, licence = loaded.info.score_is_trained, loaded.info.licence or ""
    architecture, state = resized(architecture, state, strategy.image_size, "strategy.image_size")
    class_names: tuple[str, ...] = ()
    if config.prompts.mode == "classes":
        class_names = ("background", *label_names)
        architecture, state = _with_classes(architecture, state, preset, len(class_names))
    elif architecture.class_tokens:
        raise OptionError(
            "strategy.start",
            "is a multi-class network",
            "set prompts.mode=classes or start from another checkpoint",
        )
    with torch.random.fork_rng():
        torch.manual_seed(config.loop.seed)
        network = build_network(architecture)
    if state is not None:
        network.load_state_dict(state)
    preset = dataclasses.replace(preset, image_size=architecture.image_size)
    return Start(network, architecture, preset, class_names, origin, trained, licence)


def _random(strategy: Strategy) -> tuple[Architecture, Preset]:
    if strategy.backbone is None:
        raise OptionError(
            "strategy.backbone",
            "is needed where no checkpoint is given",
            "set it, or strategy.start to a checkpoint",
        )
    name = strategy.backbone
    if name == "vit_t":
        name = "litemedsam" if strategy.image_size == 256 else "mobile_sam"
    architecture = ARCHITECTURES[name]
    default = "sam" if name == "mobile_sam" else _DEFAULT_PRESETS[architecture.family]
    return architecture, find_preset(strategy.preset or default)


def _check_backbone(strategy: Strategy, loaded: LoadedCheckpoint) -> None:
    architecture, wanted = loaded.info.architecture, strategy.backbone
    if wanted is None:
        return
    fits = architecture.family == _FAMILIES[wanted] if wanted in _FAMILIES else architecture.name == wanted
    if not fits:
        problem = f"is a {architecture.name}, not a {wanted}"
        raise OptionError(strategy.start, problem, "leave strategy.backbone out, or give another checkpoint")


def _with_classes(
    architecture: Architecture, state: Mapping[str, Tensor] | None, preset: Preset, classes: int
) -> tuple[Architecture, Mapping[str, Tensor] | None]:
    """One mask token per class (and those that the preset throws away), each a copy of SAM's first."""
    if architecture.family == "demo":
        raise OptionError(
            "prompts.mode", "the demo network has no classes", "start from a SAM, or use objects"
        )
    if not preset.prompt_free:
        remedy = "set strategy.preset to finetune_sam, finetune_sam_minmax or samed"
        raise OptionError("strategy.preset", f"{preset.name} asks for a prompt, and there is none", remedy)
    tokens = classes + (preset.output.first_class or 0)
    grown = dataclasses.replace(architecture, mask_tokens=tokens, class_tokens=True)
    if state is None or (architecture.class_tokens and architecture.mask_tokens == tokens):
        return grown, state
    return grown, _copied_tokens(state, tokens)


def _copied_tokens(state: Mapping[str, Tensor], tokens: int) -> dict[str, Tensor]:
    mlps = "mask_decoder.output_hypernetworks_mlps."
    grown = {name: tensor for name, tensor in state.items() if not name.startswith(mlps)}
    for name, tensor in state.items():
        if name.startswith(f"{mlps}0."):
            rest = name.removeprefix(f"{mlps}0.")
            grown |= {f"{mlps}{token}.{rest}": tensor.clone() for token in range(tokens)}
    last = max(
        name.rsplit(".", 1)[0]
        for name in state
        if name.startswith("mask_decoder.iou_prediction_head.layers.")
    )
    for name in ("mask_decoder.mask_tokens.weight", f"{last}.weight", f"{last}.bias"):
        first = state[name][:1]
        grown[name] = first.repeat(tokens, *[1] * (first.ndim - 1))
    return grown
