"""What a network is made of, in a form that a file header can carry."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medsam_core.models.field_checks import (
    MAX_ENTRIES,
    check_flags,
    check_indices,
    check_range,
    json_value,
    make,
    refused,
    values_of,
)
from medsam_core.models.peft_spec import PeftSpec
from medsam_core.models.tiny_vit_spec import TinyViTSpec

__all__ = ["ARCHITECTURES", "PATCH_SIZE", "Architecture", "PeftSpec", "TinyViTSpec", "estimate_parameters"]

PATCH_SIZE = 16
"""Pixels per token of a SAM ViT; its ``pos_embed`` grid times this is the image size."""

MAX_PARAMETERS = 1_000_000_000
"""Above ViT-H's 641 million with adapters, below what a desktop cannot hold."""


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """Everything needed to build a network, and nothing about its weights.

    Building one checks every field, so that a hostile header cannot ask for a giant network.

    Attributes:
        name: what to call it ("vit_b", or a name of the user's).
        family: "vit" (SAM's encoder), "tiny_vit" (MobileSAM, LiteMedSAM) or "demo" (ours).
        image_size: side of the square input in pixels.
        embed_dim, depth, num_heads, window_size, global_attn_indexes, mlp_dim: SAM's ViT; window 0 is
            global attention everywhere; mlp_dim 0 is four times embed_dim.
        windows_before_norm: cut the windows (and pad the last ones with zeros) before the block's first
            norm, as finetune-SAM does, not after it as SAM does. It changes what the padding adds.
        tiny_vit: the stages of a "tiny_vit", else None.
        mask_tokens: mask tokens of the decoder; SAM has 1 + 3.
        class_tokens: each mask token is a class, and `decode` returns all of them.
        out_chans: channels of the image embedding, also the width of the decoder.
        peft: parameter-efficient parts that are weights of their own, or None.
        options: settings of a "demo" network, as (name, value) pairs.

    Raises:
        CheckpointError: a value is of a wrong type, or outside the range of real networks.
    """

    name: str
    family: str
    image_size: int = 1024
    embed_dim: int = 0
    depth: int = 0
    num_heads: int = 0
    window_size: int = 0
    global_attn_indexes: tuple[int, ...] = ()
    mlp_dim: int = 0
    windows_before_norm: bool = False
    tiny_vit: TinyViTSpec | None = None
    mask_tokens: int = 4
    class_tokens: bool = False
    out_chans: int = 256
    peft: PeftSpec | None = None
    options: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not 0 < len(self.name) <= 200:
            raise refused("name must be a short text")
        if not isinstance(self.family, str) or self.family not in _CHECKS:
            raise refused(f"unknown family {self.family!r:.60}")
        for name in ("image_size", "mask_tokens", "out_chans"):
            check_range(name, getattr(self, name))
        check_flags(self, "windows_before_norm", "class_tokens")
        if self.out_chans % 16:
            raise refused(f"out_chans is {self.out_chans}, not a multiple of 16")
        for name, kind in (("tiny_vit", TinyViTSpec), ("peft", PeftSpec)):
            if not isinstance(getattr(self, name), kind | None):
                raise refused(f"{name} is of a wrong type")
        _check_options(self.options)
        _CHECKS[self.family](self)
        if estimate_parameters(self) > MAX_PARAMETERS:
            raise refused(f"it would have more than {MAX_PARAMETERS:.1e} parameters")

    @property
    def grid(self) -> int:
        """Side, in tokens, of the image embedding."""
        if self.tiny_vit is not None:
            return self.tiny_vit.grid(self.image_size)
        return self.image_size // PATCH_SIZE

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `from_json` reads them back to an equal object."""
        return json_value(dataclasses.asdict(self) | {"options": dict(self.options)})

    @classmethod
    def from_json(cls, data: Any) -> Architecture:
        """Read an untrusted JSON object.

        Raises:
            CheckpointError: a field is unknown, absent, of a wrong type, or out of range.
        """
        values = values_of(cls, data, "architecture")
        for name, kind in (("peft", PeftSpec), ("tiny_vit", TinyViTSpec)):
            if values.get(name) is not None:
                values[name] = kind.from_json(values[name])
        if "options" in values:
            values["options"] = _options_from_json(values["options"])
        return make(cls, values, "architecture")


def _options_from_json(data: Any) -> tuple[tuple[str, Any], ...]:
    if not isinstance(data, Mapping):
        raise refused("options is not a JSON object")
    return tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in sorted(data.items()))


def _check_options(options: Any) -> None:
    if not isinstance(options, tuple) or len(options) > MAX_ENTRIES:
        raise refused("options must be a short list of pairs")
    for pair in options:
        if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise refused("options must be a short list of pairs")
        values = pair[1] if isinstance(pair[1], tuple) else (pair[1],)
        scalars = all(isinstance(value, (bool, int, float, str)) for value in values)
        if len(values) > MAX_ENTRIES or not scalars:
            raise refused(f"option {pair[0]!r:.60} must be a number, a text or a short list")


def _check_vit(architecture: Architecture) -> None:
    for name in ("embed_dim", "depth", "num_heads", "window_size"):
        check_range(name, getattr(architecture, name))
    if architecture.mlp_dim != 0:
        check_range("mlp_dim", architecture.mlp_dim)
    if architecture.embed_dim % architecture.num_heads:
        raise refused("num_heads does not divide embed_dim")
    if architecture.image_size % PATCH_SIZE:
        raise refused(f"image_size is not a multiple of {PATCH_SIZE}")
    check_indices("global_attn_indexes", architecture.global_attn_indexes, "block")
    if max(architecture.global_attn_indexes, default=0) >= architecture.depth:
        raise refused("global_attn_indexes names a block that is not there")
    if architecture.tiny_vit is not None:
        raise refused("a ViT has no tiny_vit stages")


def _check_no_vit(architecture: Architecture) -> None:
    for name in ("embed_dim", "depth", "num_heads", "window_size", "mlp_dim"):
        value = getattr(architecture, name)
        if not isinstance(value, int) or value:
            raise refused(f"{name} is {value!r:.60}, and only a ViT has it")
    if architecture.global_attn_indexes != ():
        raise refused("global_attn_indexes are a ViT's")


def _check_tiny_vit(architecture: Architecture) -> None:
    _check_no_vit(architecture)
    if architecture.tiny_vit is None:
        raise refused("the stages (tiny_vit) are absent")
    if architecture.image_size % (4 * architecture.tiny_vit.patch_stride):
        raise refused("image_size is not a multiple of the stages' strides")
    if architecture.windows_before_norm:
        raise refused("windows_before_norm is a ViT's; a TinyViT always does")
    if architecture.peft is not None and architecture.peft.kind == "sam_med2d":
        raise refused("SAM-Med2D's adapters are a ViT's")


def _check_demo(architecture: Architecture) -> None:
    _check_no_vit(architecture)
    if architecture.peft is not None or architecture.tiny_vit is not None or architecture.windows_before_norm:
        raise refused("a demo network has no parts of a SAM")  # its own config checks its options


_CHECKS = {"vit": _check_vit, "tiny_vit": _check_tiny_vit, "demo": _check_demo}


def estimate_parameters(architecture: Architecture) -> int:
    """Count the parameters roughly, from above; of a "demo" network only what its decoder could have."""
    decoder = (70 + 3 * architecture.mask_tokens) * architecture.out_chans**2
    if architecture.tiny_vit is not None:
        blocks = list(zip(architecture.tiny_vit.depths, architecture.tiny_vit.embed_dims, strict=True))
        encoder = sum(depth * 13 * width**2 for depth, width in blocks)
    else:
        blocks = [(architecture.depth, architecture.embed_dim)]
        width, hidden = architecture.embed_dim, architecture.mlp_dim or 4 * architecture.embed_dim
        encoder = architecture.depth * (4 * width + 2 * hidden) * width
        encoder += (architecture.grid**2 + 10 * PATCH_SIZE**2) * width
    if architecture.peft is not None:
        parts = architecture.peft
        decoder += 24 * (parts.rank + parts.decoder_bottleneck) * architecture.out_chans
        encoder += sum(depth * parts.parameters_per_block(width) for depth, width in blocks)
    return encoder + decoder


def _sam(name: str, embed_dim: int, depth: int, num_heads: int, global_attn_indexes: tuple) -> Architecture:
    return Architecture(
        name=name,
        family="vit",
        embed_dim=embed_dim,
        depth=depth,
        num_heads=num_heads,
        window_size=14,
        global_attn_indexes=global_attn_indexes,
    )


ARCHITECTURES: dict[str, Architecture] = {
    row.name: row
    for row in (
        _sam("vit_b", 768, 12, 12, (2, 5, 8, 11)),
        _sam("vit_l", 1024, 24, 16, (5, 11, 17, 23)),
        _sam("vit_h", 1280, 32, 16, (7, 15, 23, 31)),
        Architecture(name="mobile_sam", family="tiny_vit", tiny_vit=TinyViTSpec(patch_stride=4)),
        Architecture(
            name="litemedsam", family="tiny_vit", image_size=256, tiny_vit=TinyViTSpec(patch_stride=1)
        ),
        Architecture(name="demo", family="demo", image_size=256),
    )
}
"""The published networks; MedSAM is "vit_b"."""
