"""Files of the layouts that other projects write, with seeded random weights at a reduced size.

Each builder spells the layout out from the project's own names; nothing here is shared with the code under
test but the network itself, whose plain names are segment-anything's.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from medsam_core.models.architecture import Architecture, PeftSpec, TinyViTSpec
from medsam_core.models.registry import build_network

Weights = dict[str, Tensor]

SMALL_VIT = Architecture(
    name="small",
    family="vit",
    image_size=64,
    embed_dim=32,
    depth=3,
    num_heads=2,
    window_size=3,  # does not divide the grid of 4: windows are padded
    global_attn_indexes=(1,),
    out_chans=32,
)
SMALL_TINY_VIT = Architecture(
    name="small",
    family="tiny_vit",
    image_size=1024,
    tiny_vit=TinyViTSpec(
        embed_dims=(16, 16, 32, 32), depths=(1, 1, 2, 1), num_heads=(2, 2, 2, 2), window_sizes=(7, 3, 5, 3)
    ),
    out_chans=32,
)
SMALL_LITE = dataclasses.replace(
    SMALL_TINY_VIT, image_size=256, tiny_vit=dataclasses.replace(SMALL_TINY_VIT.tiny_vit, patch_stride=1)
)


def random_like(weights: Mapping[str, Tensor], seed: int = 0) -> Weights:
    """Seeded values of the same shapes: small for weights, positive for variances."""
    generator = torch.Generator().manual_seed(seed)
    made: Weights = {}
    for name, tensor in weights.items():
        if not tensor.is_floating_point():
            made[name] = torch.tensor(3)
        elif name.endswith("running_var"):
            made[name] = torch.rand(tensor.shape, generator=generator) + 0.5
        else:
            made[name] = torch.randn(tensor.shape, generator=generator) * 0.2
    return made


def plain(architecture: Architecture = SMALL_VIT, seed: int = 0) -> Weights:
    """segment-anything's names: what SAM, MedSAM and their kin have in common."""
    return random_like(build_network(architecture).state_dict(), seed)


def saved(content: Any, path: Path) -> Path:
    """torch.save, as every one of these projects does it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path)
    return path


def optimizer_state(weights: Weights) -> dict[str, Any]:
    """AdamW's state for the first weights, as training files carry it."""
    first = list(weights.values())[:3]
    state = {i: {"step": torch.tensor(5.0), "exp_avg": w, "exp_avg_sq": w**2} for i, w in enumerate(first)}
    return {"state": state, "param_groups": [{"lr": 1e-4, "betas": (0.9, 0.999), "params": [0, 1, 2]}]}


def medsam_training_file(weights: Weights, path: Path, *, distributed: bool = False) -> Path:
    """MedSAM's train_one_gpu.py and train_multi_gpus.py."""
    model = {f"module.{name}": value for name, value in weights.items()} if distributed else weights
    return saved({"model": model, "optimizer": optimizer_state(weights), "epoch": 149}, path)


def mobile_sam(seed: int = 0) -> Weights:
    """MobileSAM: the encoder keeps the classification head that it was pre-trained with."""
    weights = plain(SMALL_TINY_VIT, seed)
    width = SMALL_TINY_VIT.tiny_vit.embed_dims[-1]
    weights["image_encoder.norm_head.weight"] = torch.ones(width)
    weights["image_encoder.norm_head.bias"] = torch.zeros(width)
    weights["image_encoder.head.weight"] = torch.zeros(1000, width)
    weights["image_encoder.head.bias"] = torch.zeros(1000)
    return weights


def litemedsam_training_file(weights: Weights, path: Path) -> Path:
    """LiteMedSAM's train_one_gpu.py."""
    content = {
        "model": weights,
        "epoch": 9,
        "optimizer": optimizer_state(weights),
        "loss": 0.21,
        "best_loss": 0.2,
    }
    return saved(content, path)


def low_rank(weight: Tensor, rank: int, seed: int) -> tuple[Tensor, Tensor]:
    """A (rank, inputs) and B (dim, rank) for a projection (dim, inputs); for a fused one dim is inputs."""
    generator = torch.Generator().manual_seed(seed)
    outputs = weight.shape[1] if weight.shape[0] == 3 * weight.shape[1] else weight.shape[0]
    a = torch.randn(rank, weight.shape[1], generator=generator) * 0.2
    return a, torch.randn(outputs, rank, generator=generator) * 0.2


def decoder_projections(weights: Weights) -> list[str]:
    """The decoder's q and v projections, which finetune-SAM and SAMed update."""
    names = [n.removesuffix(".weight") for n in weights if n.startswith("mask_decoder.transformer.")]
    return [n for n in names if n.endswith((".q_proj", ".v_proj"))]


def finetune_sam_lora(weights: Weights, *, blocks: tuple[int, ...] = (0, 2), decoder: bool = True) -> Weights:
    """finetune-SAM's LoRA_Sam(...).sam.state_dict(): `.qkv` and `_proj` modules are wrapped."""
    made = dict(weights)
    for seed, block in enumerate(blocks):
        place = f"image_encoder.blocks.{block}.attn.qkv"
        for letter in "qv":
            a, b = low_rank(weights[f"{place}.weight"], 4, seed * 2 + (letter == "v"))
            made[f"{place}.linear_a_{letter}.weight"], made[f"{place}.linear_b_{letter}.weight"] = a, b
        for kind in ("weight", "bias"):
            made[f"{place}.qkv.{kind}"] = made.pop(f"{place}.{kind}")
    for seed, place in enumerate(decoder_projections(weights) if decoder else ()):
        made[f"{place}.w_a.weight"], made[f"{place}.w_b.weight"] = low_rank(
            weights[f"{place}.weight"], 4, 100 + seed
        )
        for kind in ("weight", "bias"):
            made[f"{place}.proj.{kind}"] = made.pop(f"{place}.{kind}")
    return made


def finetune_sam_adapters(seed: int = 0, mask_tokens: int = 3) -> Weights:
    """finetune-SAM's adapters in the encoder and the decoder."""
    peft = PeftSpec(kind="adapter", encoder_blocks=(0, 2), decoder_layers=(0, 1), depth_adapter=True)
    architecture = dataclasses.replace(
        SMALL_VIT, peft=peft, mask_tokens=mask_tokens, windows_before_norm=True
    )
    return plain(architecture, seed)


def finetune_sam_arguments(folder: Path, **changes: Any) -> Path:
    """The args.json that finetune-SAM writes beside its checkpoint (a few of its many entries)."""
    arguments = {
        "net": "sam",
        "arch": "vit_b",
        "dataset_name": "MRI-Prostate",
        "targets": "combine_all",
        "finetune_type": "lora",
        "normalize_type": "sam",
        "num_cls": 2,
        "epochs": 200,
        "image_size": 1024,
        "devices": [0, 1],
        "lr": 0.001,
        "encoder_adapter_depths": [0, 1, 10, 11],
        "thd": False,
        "evl_chunk": None,
    }
    path = folder / "args.json"
    path.write_text(json.dumps({**arguments, **changes}, indent=4))
    return path


def samed(base: Weights, *, mask_tokens: int = 9, decoder_lora: bool = False) -> Weights:
    """SAMed's save_lora_parameters: numbered pairs for every block, prompt encoder, decoder."""
    depth = len({name.split(".")[2] for name in base if name.startswith("image_encoder.blocks.")})
    made: Weights = {}
    for block in range(depth):
        for is_v in (0, 1):
            number = f"{2 * block + is_v:03d}"
            a, b = low_rank(base[f"image_encoder.blocks.{block}.attn.qkv.weight"], 4, 2 * block + is_v)
            made[f"w_a_{number}"], made[f"w_b_{number}"] = a, b
    decoder = plain(dataclasses.replace(SMALL_VIT, mask_tokens=mask_tokens), seed=5)
    for name, value in decoder.items():
        kept = name.startswith("prompt_encoder.") or name.startswith("mask_decoder.")
        if kept and not (decoder_lora and "transformer" in name):
            made[name] = value
    if decoder_lora:
        _samed_decoder_pairs(base, made)
    return made


def _samed_decoder_pairs(base: Weights, made: Weights) -> None:
    short = {"self_attn": "sa", "cross_attn_token_to_image": "cti", "cross_attn_image_to_token": "cit"}
    for seed, place in enumerate(decoder_projections(base)):
        parts = place.split(".")
        letter = parts[-1][0]
        a, b = low_rank(base[f"{place}.weight"], 4, 200 + seed)
        if parts[2] == "final_attn_token_to_image":
            made[f"fati_{letter}a"], made[f"fati_{letter}b"] = a, b
        else:
            number = f"{2 * int(parts[3]) + (letter == 'v'):03d}"
            made[f"{short[parts[4]]}_a_{number}"], made[f"{short[parts[4]]}_b_{number}"] = a, b


def micro_sam_file(weights: Weights, path: Path, *, compiled: bool = False, decoder: bool = True) -> Path:
    """torch-em's trainer around micro-sam's TrainableSAM."""
    prefix = "_orig_mod.sam." if compiled else "sam."
    content: dict[str, Any] = {
        "iteration": 1000,
        "epoch": 4,
        "best_epoch": 3,
        "best_metric": 0.25,
        "current_metric": 0.3,
        "model_state": {prefix + name: value for name, value in weights.items()},
        "optimizer_state": optimizer_state(weights),
        "init": {"name": "vit_b", "device": "cpu"},
        "train_time": 12.5,
    }
    if decoder:
        content["decoder_state"] = {"encoder.blocks.0.weight": torch.zeros(2)}
    return saved(content, path)


def micro_sam_lora(weights: Weights) -> Weights:
    """micro-sam's LoRASurgery on the encoder's fused projections."""
    made = dict(weights)
    for block in range(SMALL_VIT.depth):
        place = f"image_encoder.blocks.{block}.attn.qkv"
        for letter in "qv":
            a, b = low_rank(weights[f"{place}.weight"], 4, 2 * block + (letter == "v"))
            made[f"{place}.w_a_linear_{letter}.weight"] = a
            made[f"{place}.w_b_linear_{letter}.weight"] = b
        for kind in ("weight", "bias"):
            made[f"{place}.qkv_proj.{kind}"] = made.pop(f"{place}.{kind}")
    return made


def sam_med2d(seed: int = 0) -> Weights:
    """SAM-Med2D: an adapter in every block."""
    peft = PeftSpec(kind="sam_med2d", encoder_blocks=tuple(range(SMALL_VIT.depth)))
    return plain(dataclasses.replace(SMALL_VIT, peft=peft), seed)


def hugging_face_name(name: str) -> str:
    """The name that transformers' SamModel gives a weight of segment-anything's."""
    decoder_mlp = "iou_prediction_head" in name or "output_hypernetworks_mlps" in name
    if decoder_mlp:
        head, _, tail = name.rpartition(".layers.")
        number, kind = tail.split(".")
        return f"{head}.{['proj_in', 'layers.0', 'proj_out'][int(number)]}.{kind}"
    if "pe_layer" in name:
        return "prompt_encoder.shared_embedding.positional_embedding"
    pairs = {
        "image_encoder.neck.0": "vision_encoder.neck.conv1",
        "image_encoder.neck.1": "vision_encoder.neck.layer_norm1",
        "image_encoder.neck.2": "vision_encoder.neck.conv2",
        "image_encoder.neck.3": "vision_encoder.neck.layer_norm2",
        "output_upscaling.0": "upscale_conv1",
        "output_upscaling.1": "upscale_layer_norm",
        "output_upscaling.3": "upscale_conv2",
        "mask_downscaling.0": "mask_embed.conv1",
        "mask_downscaling.1": "mask_embed.layer_norm1",
        "mask_downscaling.3": "mask_embed.conv2",
        "mask_downscaling.4": "mask_embed.layer_norm2",
        "mask_downscaling.6": "mask_embed.conv3",
        "point_embeddings": "point_embed",
        "patch_embed.proj": "patch_embed.projection",
        ".norm": ".layer_norm",
        "image_encoder.blocks": "vision_encoder.layers",
        "image_encoder": "vision_encoder",
    }
    for ours, theirs in pairs.items():
        name = name.replace(ours, theirs)
    return name


HUGGING_FACE_CONFIG: dict[str, Any] = {
    "_name_or_path": "",
    "architectures": ["SamModel"],
    "model_type": "sam",
    "initializer_range": 0.02,
    "vision_config": {
        "hidden_size": 32,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "image_size": 64,
        "patch_size": 16,
        "window_size": 3,
        "global_attn_indexes": [1],
        "hidden_act": "gelu",
        "use_rel_pos": True,
    },
    "mask_decoder_config": {
        "hidden_size": 32,
        "num_multimask_outputs": 3,
        "num_attention_heads": 8,
        "attention_downsample_rate": 2,
        "hidden_act": "relu",
    },
    "prompt_encoder_config": {"hidden_size": 32, "image_size": 64},
    "transformers_version": "4.29.0",
}


def hugging_face_folder(
    weights: Weights, folder: Path, *, config: dict[str, Any] | None = None, both_positions: bool = False
) -> Path:
    """SamModel.save_pretrained: safetensors keep one of the two names of the shared table."""
    folder.mkdir(parents=True)
    made = {hugging_face_name(name): value.clone() for name, value in weights.items()}
    inner = "prompt_encoder.shared_embedding.positional_embedding"
    made["shared_image_embedding.positional_embedding"] = made[inner].clone()
    if not both_positions:
        del made[inner]
    save_file(made, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(HUGGING_FACE_CONFIG if config is None else config))
    return folder


def lightning_file(weights: Weights, path: Path, *, prefix: str = "model.", **extra: Any) -> Path:
    """Lightning's Trainer.save_checkpoint of a module that holds the network and a loss."""
    state = {prefix + name: value for name, value in weights.items()}
    content = {
        "epoch": 12,
        "global_step": 3456,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": {**state, "loss.weight": torch.ones(2)},
        "loops": {"fit_loop": {"state_dict": {}}},
        "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(0.5), "dirpath": "runs"}},
        "optimizer_states": [optimizer_state(weights)],
        "lr_schedulers": [],
        "hyper_parameters": {"lr": 1e-4},
        **extra,
    }
    return saved(content, path)


def assert_same_weights(network: torch.nn.Module, weights: Weights) -> None:
    """Every weight of the network is bit for bit the one given under its name, and none is left over."""
    state = network.state_dict()
    assert state.keys() == weights.keys()
    wrong = [name for name, value in weights.items() if not torch.equal(state[name], value)]
    assert wrong == []
