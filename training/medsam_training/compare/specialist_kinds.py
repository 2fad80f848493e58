"""The specialists by name: one row each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import torch
from monai.networks.nets import UNet
from torch import nn

from medsam_core.errors import OptionError
from medsam_core.inference.presets import Preset, find_preset
from medsam_training.compare.deeplab import DeepLabV3Plus
from medsam_training.compare.specialist import CHANNELS, Specialist

_LEVELS = 5
_MULTIPLE = 1 << (_LEVELS - 1)


@dataclass(frozen=True)
class Kind:
    """One architecture.

    Attributes:
        build: from (image_size, width) to a network of `CHANNELS` channels to one of logits.
        width: channels at its first level, where none are asked for.
        title: what figures call it.
        source: where it was published.
    """

    build: Callable[[int, int], nn.Module]
    width: int
    title: str
    source: str


def _unet(image_size: int, width: int) -> nn.Module:
    # MONAI normalises the last level too. With one channel there, each mask would be brought to the same mean
    # and spread: after 60 steps on discs and bars, validation Dice 0.34 instead of 0.95 by a head of its own.
    channels = [width << level for level in range(_LEVELS)]
    body = UNet(2, CHANNELS, width, channels, strides=[2] * (_LEVELS - 1), num_res_units=2)
    return nn.Sequential(body, nn.Conv2d(width, 1, 1))


def _deeplab(image_size: int, width: int) -> nn.Module:
    return DeepLabV3Plus(CHANNELS, 1, image_size, width)


KINDS: dict[str, Kind] = {
    "unet": Kind(_unet, 32, "U-Net", "MONAI's UNet: Kerfoot et al., STACOM 2018, with residual units"),
    "deeplabv3plus": Kind(_deeplab, 64, "DeepLabV3+", "Chen et al., ECCV 2018, on a ResNet-18"),
}


def build_specialist(name: str, image_size: int, width: int, seed: int) -> Specialist:
    """A specialist with random weights, the same for the same seed.

    Args:
        name: of a row of `KINDS`.
        image_size: side of its input, a multiple of 16, at least 32.
        width: channels at its first level, a multiple of 8.
        seed: of its weights.

    Raises:
        OptionError: there is no such kind, or it cannot be made so.
    """
    check_buildable(name, image_size, width)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Specialist(KINDS[name].build(image_size, width), image_size)


def check_buildable(name: str, image_size: int, width: int) -> None:
    """See that `build_specialist` can make it.

    Raises:
        OptionError: it cannot.
    """
    if name not in KINDS:
        raise OptionError("--specialists", f"there is no '{name}'", f"use one of {', '.join(KINDS)}")
    if image_size % _MULTIPLE or image_size < 2 * _MULTIPLE:
        problem = f"{image_size} is no size for a specialist"
        raise OptionError("--size", problem, f"use a multiple of {_MULTIPLE}, from {2 * _MULTIPLE} on")
    if width % 8:
        raise OptionError("network.width", f"{width} is not a multiple of 8", "round it")


def specialist_preset(image_size: int) -> Preset:
    """How specialists want their images: the longest side to the input, the rest padded, min-max to 0..1."""
    return dataclasses.replace(
        find_preset("demo"), name="specialist", image_size=image_size, source="medsam-train compare"
    )
