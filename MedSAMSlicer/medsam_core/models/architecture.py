"""What a network is made of, in a form that a file header can carry."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medsam_core.errors import CheckpointError

PATCH_SIZE = 16
"""Pixels per token of a SAM ViT; its ``pos_embed`` grid times this is the image size."""

# Ranges that hold every network we know with room to spare. A file header is untrusted: without them a few
# bytes could ask for a network of terabytes.
_LIMITS: dict[str, tuple[int, int]] = {
    "image_size": (32, 2048),
    "embed_dim": (8, 2048),
    "depth": (1, 64),
    "num_heads": (1, 64),
    "window_size": (0, 128),
    "mlp_dim": (8, 16384),
    "mask_tokens": (1, 512),
    "out_chans": (16, 1024),
    "patch_stride": (1, 4),
    "rank": (1, 256),
    "bottleneck": (1, 2048),
}
MAX_PARAMETERS = 1_500_000_000
"""Above ViT-H's 641 million, below what a desktop cannot hold."""

_MAX_SEQUENCE = 64
_SCALAR = (bool, int, float, str)


def _refuse(subject: str, problem: str) -> CheckpointError:
    return CheckpointError(subject, problem, "use a file that this program or a known project wrote")


def _check_range(name: str, value: Any, limit: str | None = None) -> None:
    low, high = _LIMITS[limit or name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse("architecture", f"{name} must be a whole number, not {value!r:.60}")
    if not low <= value <= high:
        raise _refuse("architecture", f"{name} is {value}, outside {low} to {high}")


def _check_sequence(name: str, values: Any, low: int, high: int, length: int | None = None) -> None:
    if not isinstance(values, tuple) or len(values) > _MAX_SEQUENCE:
        raise _refuse("architecture", f"{name} must be a short list")
    if length is not None and len(values) != length:
        raise _refuse("architecture", f"{name} must have {length} entries, not {len(values)}")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _refuse("architecture", f"{name} has {value!r:.60}, not a number from {low} to {high}")


def _fields_of(kind: type, data: Any, what: str) -> dict[str, Any]:
    """Keep `data`'s entries as keyword values for the dataclass `kind`; lists become tuples."""
    if not isinstance(data, Mapping):
        raise _refuse(what, "is not a JSON object")
    known = {field.name for field in dataclasses.fields(kind)}
    unknown = sorted(str(key)[:40] for key in data if key not in known)
    if unknown:
        raise _refuse(what, f"has fields that this version does not know: {', '.join(unknown[:5])}")
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}


def _make(kind: type, values: dict[str, Any], what: str) -> Any:
    try:
        return kind(**values)
    except TypeError as error:  # a required field is absent
        raise _refuse(what, str(error).removeprefix(kind.__name__ + ".__init__() ")) from error


@dataclass(frozen=True, kw_only=True)
class PeftSpec:
    """Parameter-efficient parts of a network.

    Attributes:
        kind: "lora" (low-rank update of q and v), "adapter" (finetune-SAM's bottlenecks) or
            "sam_med2d" (its channel and spatial adapter).
        encoder_blocks: indices of the encoder's transformer blocks that carry the parts; in a TinyViT
            blocks are counted through its three transformer stages.
        decoder_layers: indices of the two-way layers that carry them; ``-1`` stands for the final
            token-to-image attention (LoRA only).
        rank, scale: LoRA's rank r, and the factor on B A.
        bottleneck: hidden width of the encoder's adapters; 0 is a quarter of the width.
        decoder_bottleneck: the same in the decoder.
        depth_adapter: the encoder blocks also carry finetune-SAM's ``Depth_Adapter``, which only its
            three-dimensional branch runs. We keep its weights and do not run it.
    """

    kind: str
    encoder_blocks: tuple[int, ...] = ()
    decoder_layers: tuple[int, ...] = ()
    rank: int = 4
    scale: float = 1.0
    bottleneck: int = 0
    decoder_bottleneck: int = 0
    depth_adapter: bool = False

    def __post_init__(self) -> None:
        if self.kind not in ("lora", "adapter", "sam_med2d"):
            raise _refuse("architecture", f"unknown kind of fine-tuning {self.kind!r:.60}")
        _check_sequence("peft.encoder_blocks", self.encoder_blocks, 0, 63)
        _check_sequence("peft.decoder_layers", self.decoder_layers, -1, 7)
        _check_range("peft.rank", self.rank, "rank")
        for name in ("bottleneck", "decoder_bottleneck"):
            if getattr(self, name) != 0:
                _check_range(f"peft.{name}", getattr(self, name), "bottleneck")
        number = isinstance(self.scale, (int, float)) and not isinstance(self.scale, bool)
        if not number or not math.isfinite(self.scale):
            raise _refuse("architecture", f"peft.scale must be a number, not {self.scale!r:.60}")

    @classmethod
    def from_json(cls, data: Any) -> PeftSpec:
        """Read what `Architecture.to_json` wrote under ``peft``."""
        return _make(cls, _fields_of(cls, data, "peft"), "peft")


@dataclass(frozen=True, kw_only=True)
class TinyViTSpec:
    """The four stages of a TinyViT: one of convolutions, three of windowed attention.

    Attributes:
        embed_dims, depths, num_heads, window_sizes: one entry per stage; heads and window of the
            convolution stage are not used.
        patch_stride: 4 (two 3x3 convolutions of stride 2, MobileSAM) or 1 (two 1x1, LiteMedSAM).
    """

    embed_dims: tuple[int, ...] = (64, 128, 160, 320)
    depths: tuple[int, ...] = (2, 2, 6, 2)
    num_heads: tuple[int, ...] = (2, 4, 5, 10)
    window_sizes: tuple[int, ...] = (7, 7, 14, 7)
    patch_stride: int = 4

    def __post_init__(self) -> None:
        _check_sequence("tiny_vit.embed_dims", self.embed_dims, *_LIMITS["embed_dim"], length=4)
        _check_sequence("tiny_vit.depths", self.depths, 1, 32, length=4)
        _check_sequence("tiny_vit.num_heads", self.num_heads, *_LIMITS["num_heads"], length=4)
        _check_sequence("tiny_vit.window_sizes", self.window_sizes, 1, 64, length=4)
        if self.patch_stride not in (1, 4):
            raise _refuse("architecture", f"tiny_vit.patch_stride is {self.patch_stride!r:.60}, not 1 or 4")
        if any(dim % heads for dim, heads in zip(self.embed_dims, self.num_heads, strict=True)):
            raise _refuse("architecture", "tiny_vit.num_heads does not divide tiny_vit.embed_dims")

    @classmethod
    def from_json(cls, data: Any) -> TinyViTSpec:
        """Read what `Architecture.to_json` wrote under ``tiny_vit``."""
        return _make(cls, _fields_of(cls, data, "tiny_vit"), "tiny_vit")


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """Everything needed to build a network, and nothing about its weights.

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
        peft: parameter-efficient parts that are separate modules, or None.
        options: settings of a "demo" network, as (name, value) pairs.
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
            raise _refuse("architecture", "name must be a short text")
        if self.family not in _CHECKS:
            raise _refuse("architecture", f"unknown family {self.family!r:.60}")
        for name in ("image_size", "mask_tokens", "out_chans"):
            _check_range(name, getattr(self, name))
        for name in ("windows_before_norm", "class_tokens"):
            if not isinstance(getattr(self, name), bool):
                raise _refuse("architecture", f"{name} must be true or false")
        if self.out_chans % 16:
            raise _refuse("architecture", f"out_chans is {self.out_chans}, not a multiple of 16")
        _check_options(self.options)
        _CHECKS[self.family](self)
        if estimate_parameters(self) > MAX_PARAMETERS:
            raise _refuse("architecture", f"it would have more than {MAX_PARAMETERS:.1e} parameters")

    @property
    def grid(self) -> int:
        """Side, in tokens, of the image embedding."""
        if self.tiny_vit is not None:
            side = self.image_size // self.tiny_vit.patch_stride
            for _ in range(2):  # two stages halve it, the third keeps it
                side = (side + 1) // 2
            return side
        return self.image_size // PATCH_SIZE

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `from_json` reads them back to an equal object."""
        data = dataclasses.asdict(self)
        data["options"] = dict(self.options)
        return _with_lists(data)

    @classmethod
    def from_json(cls, data: Any) -> Architecture:
        """Read an untrusted JSON object.

        Raises:
            CheckpointError: a field is unknown, of a wrong type, or out of the range of real networks.
        """
        values = _fields_of(cls, data, "architecture")
        if values.get("peft") is not None:
            values["peft"] = PeftSpec.from_json(values["peft"])
        if values.get("tiny_vit") is not None:
            values["tiny_vit"] = TinyViTSpec.from_json(values["tiny_vit"])
        if "options" in values:
            if not isinstance(values["options"], Mapping):
                raise _refuse("architecture", "options is not a JSON object")
            values["options"] = tuple(
                (key, tuple(value) if isinstance(value, list) else value)
                for key, value in sorted(values["options"].items())
            )
        return _make(cls, values, "architecture")


def _with_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_lists(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_with_lists(item) for item in value]
    return value


def _check_options(options: Any) -> None:
    if not isinstance(options, tuple) or len(options) > _MAX_SEQUENCE:
        raise _refuse("architecture", "options must be a short list of pairs")
    for pair in options:
        if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise _refuse("architecture", "options must be a short list of pairs")
        values = pair[1] if isinstance(pair[1], tuple) else (pair[1],)
        if len(values) > _MAX_SEQUENCE or not all(isinstance(value, _SCALAR) for value in values):
            raise _refuse("architecture", f"option {pair[0]!r:.60} must be a number, a text or a short list")


def _check_vit(architecture: Architecture) -> None:
    for name in ("embed_dim", "depth", "num_heads", "window_size"):
        _check_range(name, getattr(architecture, name))
    if architecture.mlp_dim:
        _check_range("mlp_dim", architecture.mlp_dim)
    if architecture.embed_dim % architecture.num_heads:
        raise _refuse("architecture", "num_heads does not divide embed_dim")
    if architecture.image_size % PATCH_SIZE:
        raise _refuse("architecture", f"image_size is not a multiple of {PATCH_SIZE}")
    indices = architecture.global_attn_indexes
    _check_sequence("global_attn_indexes", indices, 0, architecture.depth - 1)
    if architecture.tiny_vit is not None:
        raise _refuse("architecture", "a ViT has no tiny_vit stages")


def _check_tiny_vit(architecture: Architecture) -> None:
    if architecture.tiny_vit is None:
        raise _refuse("architecture", "the stages (tiny_vit) are absent")
    if architecture.image_size % (4 * architecture.tiny_vit.patch_stride):
        raise _refuse("architecture", "image_size is not a multiple of the stages' strides")


def _check_demo(architecture: Architecture) -> None:
    """The demo network's own config checks its options."""


_CHECKS = {"vit": _check_vit, "tiny_vit": _check_tiny_vit, "demo": _check_demo}


def estimate_parameters(architecture: Architecture) -> int:
    """Roughly count the encoder's and decoder's parameters, from above; 0 encoder for "demo"."""
    decoder = 70 * architecture.out_chans**2 + architecture.mask_tokens * 3 * architecture.out_chans**2
    if architecture.tiny_vit is not None:
        stages = architecture.tiny_vit
        return decoder + sum(
            depth * 13 * dim * dim for depth, dim in zip(stages.depths, stages.embed_dims, strict=True)
        )
    width, hidden = architecture.embed_dim, architecture.mlp_dim or 4 * architecture.embed_dim
    block = 4 * width * width + 2 * width * hidden
    tables = (architecture.image_size // PATCH_SIZE) ** 2 * width
    return decoder + architecture.depth * block + tables + 10 * width * PATCH_SIZE**2


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
