"""Tell a network's architecture from the names and shapes of its weights."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from medsam_core.errors import CheckpointError
from medsam_core.models.architecture import ARCHITECTURES, PATCH_SIZE, Architecture, PeftSpec, TinyViTSpec

Shapes = dict[str, tuple[int, ...]]

_ENCODER_PARTS = {
    "lora": re.compile(r"image_encoder\.(.*blocks\.\d+)\.attn\.qkv\.linear_a_q\.weight"),
    "adapter": re.compile(r"image_encoder\.(.*blocks\.\d+)\.Space_Adapter\.D_fc1\.weight"),
    "sam_med2d": re.compile(r"image_encoder\.(.*blocks\.\d+)\.Adapter\.channel\.0\.weight"),
}
_DECODER_PARTS = {
    "lora": re.compile(r"mask_decoder\.transformer\.(layers\.\d+|final).*\.q_proj\.w_a\.weight"),
    "adapter": re.compile(r"mask_decoder\.transformer\.(layers\.\d+)\.Adapter\.D_fc1\.weight"),
}
# Only finetune-SAM writes these; its blocks cut windows before the first norm.
_FINETUNE_SAM = re.compile(r"attn\.qkv\.qkv\.weight|q_proj\.proj\.weight|mask_decoder\..*\.Adapter\.D_fc1")


def _unknown(problem: str) -> CheckpointError:
    return CheckpointError("checkpoint", problem, "use the weights of a SAM, MobileSAM or LiteMedSAM network")


class _Weights:
    """Names and shapes, with errors that say which one is not as expected."""

    def __init__(self, state_dict: Mapping[str, Any]) -> None:
        self.shapes: Shapes = {
            str(name): tuple(int(side) for side in getattr(value, "shape", value))
            for name, value in state_dict.items()
        }

    def shape(self, name: str, ndim: int) -> tuple[int, ...]:
        if name not in self.shapes:
            raise _unknown(f"the weight {name} is absent")
        if len(self.shapes[name]) != ndim:
            raise _unknown(f"the weight {name} has {len(self.shapes[name])} axes, not {ndim}")
        return self.shapes[name]

    def count(self, pattern: str) -> int:
        """How many consecutive numbers from 0 match the one group of `pattern`."""
        matches = (re.match(pattern, name) for name in self.shapes)
        numbers = {int(match[1]) for match in matches if match}
        if numbers != set(range(len(numbers))):
            raise _unknown(f"blocks are missing among {pattern}")
        return len(numbers)


def architecture_of(state_dict: Mapping[str, Any]) -> Architecture:
    """Infer the architecture of a network with segment-anything's weight names.

    Args:
        state_dict: weight name -> tensor, or its shape.

    Returns:
        The architecture, PEFT parts included. What shapes cannot tell is set to what the published files
        have: a TinyViT's image size, `class_tokens` (true unless there are four mask tokens), LoRA's scale 1.

    Raises:
        CheckpointError: it is not a whole network of a family that we know.
    """
    weights = _Weights(state_dict)
    if not any(name.startswith("mask_decoder.") for name in weights.shapes):
        raise _unknown("there is no mask decoder in it")
    mask_tokens, out_chans = weights.shape("mask_decoder.mask_tokens.weight", 2)
    if "image_encoder.pos_embed" in weights.shapes:
        found = _vit(weights, mask_tokens, out_chans)
    elif "image_encoder.patch_embed.seq.0.c.weight" in weights.shapes:
        found = _tiny_vit(weights, mask_tokens, out_chans)
    else:
        raise _unknown("its image encoder is of an unknown kind")
    found = dataclasses.replace(found, peft=_peft(weights, found))
    return dataclasses.replace(found, name=_name_of(found))


def _name_of(architecture: Architecture) -> str:
    neutral = {"name": "", "image_size": 1024, "mask_tokens": 4, "class_tokens": False, "peft": None}
    neutral["windows_before_norm"] = False

    def core(row: Architecture) -> dict[str, Any]:
        return row.to_json() | neutral

    for row in ARCHITECTURES.values():
        if core(row) == core(architecture):
            return row.name
    return f"{architecture.family}_{architecture.embed_dim or 'custom'}"


def _vit(weights: _Weights, mask_tokens: int, out_chans: int) -> Architecture:
    _, grid, _, embed_dim = weights.shape("image_encoder.pos_embed", 4)
    depth = weights.count(r"image_encoder\.blocks\.(\d+)\.")
    tables = [weights.shape(f"image_encoder.blocks.{index}.attn.rel_pos_h", 2) for index in range(depth)]
    if not tables or not tables[0][1] or embed_dim % tables[0][1]:
        raise _unknown("its relative position tables do not fit its width")
    window_size, global_attn_indexes = _windows([(length + 1) // 2 for length, _ in tables], grid)
    mlp_dim = weights.shape("image_encoder.blocks.0.mlp.lin1.weight", 2)[0]
    return Architecture(
        name="vit",
        family="vit",
        image_size=grid * PATCH_SIZE,
        embed_dim=embed_dim,
        depth=depth,
        num_heads=embed_dim // tables[0][1],
        window_size=window_size,
        global_attn_indexes=global_attn_indexes,
        mlp_dim=0 if mlp_dim == 4 * embed_dim else mlp_dim,
        windows_before_norm=any(_FINETUNE_SAM.search(name) for name in weights.shapes),
        mask_tokens=mask_tokens,
        class_tokens=mask_tokens != 4,
        out_chans=out_chans,
    )


def _windows(sides: list[int], grid: int) -> tuple[int, tuple[int, ...]]:
    """Split blocks into windowed and global by the side that each one's table spans.

    Blocks that span the grid are global. Where none does (tables not yet resized to `pos_embed`'s grid) and
    there are two sides, the larger one is the global blocks'.
    """
    global_side = grid if grid in sides or len(set(sides)) == 1 else max(sides)
    windows = {side for side in sides if side != global_side}
    if len(windows) > 1:
        raise _unknown(f"its blocks have windows of different sizes: {sorted(windows)}")
    if not windows:
        return 0, ()
    return windows.pop(), tuple(index for index, side in enumerate(sides) if side == global_side)


def _tiny_vit(weights: _Weights, mask_tokens: int, out_chans: int) -> Architecture:
    kernel = weights.shape("image_encoder.patch_embed.seq.0.c.weight", 4)[-1]
    stage = "image_encoder.layers.{}.blocks.{}"
    first = weights.shape(stage.format(0, 0) + ".conv1.c.weight", 4)[1]
    biases = [weights.shape(stage.format(index, 0) + ".attn.attention_biases", 2) for index in (1, 2, 3)]
    norms = [weights.shape(stage.format(index, 0) + ".attn.norm.weight", 1)[0] for index in (1, 2, 3)]
    depths = tuple(weights.count(rf"image_encoder\.layers\.{index}\.blocks\.(\d+)\.") for index in range(4))
    stages = TinyViTSpec(
        embed_dims=(first, *norms),
        depths=depths,
        num_heads=(TinyViTSpec.num_heads[0], *(heads for heads, _ in biases)),
        window_sizes=(TinyViTSpec.window_sizes[0], *(round(offsets**0.5) for _, offsets in biases)),
        patch_stride=1 if kernel == 1 else 4,
    )
    return Architecture(
        name="tiny_vit",
        family="tiny_vit",
        image_size=256 * stages.patch_stride,
        tiny_vit=stages,
        mask_tokens=mask_tokens,
        class_tokens=mask_tokens != 4,
        out_chans=out_chans,
    )


def _peft(weights: _Weights, architecture: Architecture) -> PeftSpec | None:
    for kind, pattern in _ENCODER_PARTS.items():
        encoder = {match[1]: name for name in weights.shapes if (match := pattern.fullmatch(name))}
        decoder = {
            match[1]: name
            for name in weights.shapes
            if kind in _DECODER_PARTS and (match := _DECODER_PARTS[kind].fullmatch(name))
        }
        if encoder or decoder:
            return _peft_of_kind(kind, weights, architecture, encoder, decoder)
    return None


def _peft_of_kind(
    kind: str,
    weights: _Weights,
    architecture: Architecture,
    encoder: dict[str, str],
    decoder: dict[str, str],
) -> PeftSpec:
    widths = [
        {_inner_width(kind, weights.shape(name, 2)) for name in part.values()} for part in (encoder, decoder)
    ]
    if any(len(found) > 1 for found in widths) or (kind == "lora" and len(set.union(*widths)) > 1):
        raise _unknown(f"its {kind} parts are of different sizes")
    inner, decoder_inner = (found.pop() if found else 0 for found in widths)
    return PeftSpec(
        kind=kind,
        encoder_blocks=tuple(sorted(_block_index(path, architecture) for path in encoder)),
        decoder_layers=tuple(sorted(-1 if p == "final" else int(p.split(".")[1]) for p in decoder)),
        rank=(inner or decoder_inner) if kind == "lora" else 4,
        bottleneck=0 if kind == "lora" else inner,
        decoder_bottleneck=0 if kind == "lora" else decoder_inner,
        depth_adapter=any(".Depth_Adapter." in name for name in weights.shapes),
    )


def _inner_width(kind: str, shape: tuple[int, ...]) -> int:
    """LoRA's rank; an adapter's hidden width, 0 where it is the usual quarter."""
    hidden, width = shape
    return 0 if kind != "lora" and hidden == width // 4 else hidden


def _block_index(path: str, architecture: Architecture) -> int:
    """Turn "blocks.7" or, in a TinyViT, "layers.2.blocks.1" into the block's number."""
    numbers = [int(number) for number in re.findall(r"\d+", path)]
    if architecture.tiny_vit is None:
        return numbers[0]
    return sum(architecture.tiny_vit.depths[1 : numbers[0]]) + numbers[1]
