"""Hugging Face's `SamModel`: the same weights under other names, with a config.json beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from medsam_core.checkpoints.bounded_json import checked, read_json_object
from medsam_core.checkpoints.candidate import Candidate, readable
from medsam_core.checkpoints.formats.format import Conversion
from medsam_core.errors import CheckpointError
from medsam_core.models.registry import Architecture, architecture_of

_Size = Annotated[int, Field(ge=1, le=16384)]
_POSITIONS = "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"
_MLP = r"(?P<mlp>.*\.(?:iou_prediction_head|output_hypernetworks_mlps\.\d+))"

# In order; each line is tried on what the lines above have made of the name.
_RENAMES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^vision_encoder\.", "image_encoder."),
        (r"^(shared_image_embedding|prompt_encoder\.shared_embedding)\.positional_embedding$", _POSITIONS),
        (r"^image_encoder\.layers\.", "image_encoder.blocks."),
        (r"\.patch_embed\.projection\.", ".patch_embed.proj."),
        (r"\.neck\.conv1\.", ".neck.0."),
        (r"\.neck\.layer_norm1\.", ".neck.1."),
        (r"\.neck\.conv2\.", ".neck.2."),
        (r"\.neck\.layer_norm2\.", ".neck.3."),
        (r"\.mask_embed\.conv1\.", ".mask_downscaling.0."),
        (r"\.mask_embed\.layer_norm1\.", ".mask_downscaling.1."),
        (r"\.mask_embed\.conv2\.", ".mask_downscaling.3."),
        (r"\.mask_embed\.layer_norm2\.", ".mask_downscaling.4."),
        (r"\.mask_embed\.conv3\.", ".mask_downscaling.6."),
        (r"\.point_embed\.", ".point_embeddings."),
        (r"\.upscale_conv1\.", ".output_upscaling.0."),
        (r"\.upscale_layer_norm\.", ".output_upscaling.1."),
        (r"\.upscale_conv2\.", ".output_upscaling.3."),
        (r"\.layer_norm(?=\d|_final_attn)", ".norm"),
    )
)


class _VisionConfig(BaseModel):
    model_config = ConfigDict(extra="ignore")

    hidden_size: _Size | None = None
    num_hidden_layers: _Size | None = None
    num_attention_heads: _Size | None = None
    image_size: _Size | None = None
    patch_size: _Size | None = None
    window_size: Annotated[int, Field(ge=0, le=16384)] | None = None
    global_attn_indexes: Annotated[list[int], Field(max_length=64)] | None = None
    hidden_act: str | None = None
    use_rel_pos: bool | None = None


class _DecoderConfig(BaseModel):
    model_config = ConfigDict(extra="ignore")

    hidden_size: _Size | None = None
    num_multimask_outputs: _Size | None = None
    num_attention_heads: _Size | None = None
    attention_downsample_rate: _Size | None = None
    hidden_act: str | None = None


class _Config(BaseModel):
    """What config.json says; a field it leaves out is not checked."""

    model_config = ConfigDict(extra="ignore")

    model_type: Annotated[str, Field(max_length=100)] = "sam"
    vision_config: _VisionConfig = _VisionConfig()
    mask_decoder_config: _DecoderConfig = _DecoderConfig()


class HuggingFace:
    """A folder with config.json and model.safetensors (or pytorch_model.bin), or the weights alone."""

    name = "Hugging Face SamModel"

    def recognises(self, candidate: Candidate) -> bool:
        """Its encoder's name."""
        return candidate.has(r"^vision_encoder\.(layers\.\d+\.attn\.qkv|pos_embed)")

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """Give the weights SAM's names, and hold config.json to what their shapes say."""
        config, notes = self._config(candidate)
        tensors = _renamed(candidate)
        architecture = architecture_of(tensors)
        if config is not None:
            _compare(config, architecture, candidate)
        is_medsam = "medsam" in f"{candidate.path.parent.name}/{candidate.path.name}".lower().replace("-", "")
        if is_medsam:
            notes += ("taken for MedSAM because of its name; say preset='sam' if it is SAM",)
        return Conversion(
            tensors,
            architecture,
            preset="medsam" if is_medsam else "hf_sam",
            name=candidate.path.parent.name or candidate.path.stem,
            score_is_trained=not is_medsam,
            training=candidate.facts,
            notes=notes,
        )

    @staticmethod
    def _config(candidate: Candidate) -> tuple[_Config | None, tuple[str, ...]]:
        beside = candidate.path.parent / "config.json"
        if not beside.is_file():
            return None, (
                *candidate.notes,
                "there is no config.json beside it: sizes are told from the weights",
            )
        config = checked(_Config, read_json_object(beside), beside)
        if config.model_type != "sam":
            raise CheckpointError(
                beside,
                f"describes a {readable(config.model_type)} model, not a SAM",
                "give a SamModel, e.g. wanglab/medsam-vit-base",
            )
        return config, candidate.notes


def _renamed(candidate: Candidate) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for old, tensor in candidate.tensors.items():
        new = _sam_name(old, candidate)
        if new in tensors and not torch.equal(tensors[new], tensor):
            raise CheckpointError(
                candidate.path, f"has two different weights for {readable(new)}", "export the model again"
            )
        tensors[new] = tensor
    return tensors


def _sam_name(name: str, candidate: Candidate) -> str:
    for pattern, replacement in _RENAMES:
        name = pattern.sub(replacement, name)
    if match := re.fullmatch(_MLP + r"\.proj_in\.(?P<kind>\w+)", name):
        return f"{match['mlp']}.layers.0.{match['kind']}"
    if match := re.fullmatch(_MLP + r"\.layers\.(?P<index>\d{1,3})\.(?P<kind>\w+)", name):
        return f"{match['mlp']}.layers.{int(match['index']) + 1}.{match['kind']}"
    if match := re.fullmatch(_MLP + r"\.proj_out\.(?P<kind>\w+)", name):
        between = candidate.has(re.escape(match["mlp"]) + r"\.layers\.0\.")
        return f"{match['mlp']}.layers.{2 if between else 1}.{match['kind']}"
    return name


def _compare(config: _Config, architecture: Architecture, candidate: Candidate) -> None:
    vision, decoder = config.vision_config, config.mask_decoder_config
    facts: tuple[tuple[str, Any, Any], ...] = (
        ("vision_config.hidden_size", vision.hidden_size, architecture.embed_dim),
        ("vision_config.num_hidden_layers", vision.num_hidden_layers, architecture.depth),
        ("vision_config.num_attention_heads", vision.num_attention_heads, architecture.num_heads),
        ("vision_config.image_size", vision.image_size, architecture.image_size),
        ("vision_config.patch_size", vision.patch_size, 16),
        ("vision_config.window_size", vision.window_size, architecture.window_size),
        (
            "vision_config.global_attn_indexes",
            vision.global_attn_indexes,
            [*architecture.global_attn_indexes],
        ),
        ("vision_config.hidden_act", vision.hidden_act, "gelu"),
        ("vision_config.use_rel_pos", vision.use_rel_pos, True),
        ("mask_decoder_config.hidden_size", decoder.hidden_size, architecture.out_chans),
        (
            "mask_decoder_config.num_multimask_outputs",
            decoder.num_multimask_outputs,
            architecture.mask_tokens - 1,
        ),
        ("mask_decoder_config.num_attention_heads", decoder.num_attention_heads, 8),
        ("mask_decoder_config.attention_downsample_rate", decoder.attention_downsample_rate, 2),
        ("mask_decoder_config.hidden_act", decoder.hidden_act, "relu"),
    )
    for field, said, seen in facts:
        if said is not None and said != seen:
            raise CheckpointError(
                candidate.path.parent / "config.json",
                f"says {field} is {readable(said)}, the weights say {readable(seen)}",
                "use the config.json that came with these weights",
            )
