"""What a checkpoint is, in words for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medsam_core.checkpoints.info import CheckpointInfo

_NETWORKS = {
    "vit_b": "ViT-B",
    "vit_l": "ViT-L",
    "vit_h": "ViT-H",
    "mobile_sam": "MobileSAM's TinyViT",
    "litemedsam": "LiteMedSAM's TinyViT",
    "demo": "Demo network",
}
_PARTS = {"lora": "LoRA", "adapter": "Adapters", "sam_med2d": "SAM-Med2D adapters"}
_PRESETS = {
    "medsam": "MedSAM",
    "litemedsam": "LiteMedSAM",
    "sam": "SAM",
    "hf_sam": "SAM (Hugging Face)",
    "sam_med2d": "SAM-Med2D",
    "finetune_sam": "finetune-SAM",
    "samed": "SAMed",
    "demo": "demo",
}
_MOST_NAMES = 3


def model_words(info: CheckpointInfo) -> str:
    """One sentence: ``LoRA on ViT-B, MedSAM preset, trained on 32 cases of liver_ct; test Dice 0.84``."""
    parts = [_network(info), f"{_PRESETS.get(info.preset, info.preset)} preset", *_training(info.training)]
    quality = _quality(info.training)
    return plain_text("; ".join([", ".join(parts), *([quality] if quality else [])]))


def model_details(info: CheckpointInfo) -> str:
    """Lines with size, licence, checksum and what was noticed while reading."""
    size = f"{info.bytes / 1e6:,.1f} MB, {info.parameters / 1e6:,.1f} million weights"
    lines = [
        f"{size}, images of {info.image_size} pixels",
        f"Licence: {info.licence or 'not stated; ask whoever gave it to you'}",
        f"sha256: {info.sha256}",
    ]
    if info.class_names:
        lines.append(f"Classes: {_listed(info.class_names)}")
    if not info.score_is_trained:
        lines.append("Its own quality score was not trained.")
    return "\n".join(plain_text(line) for line in [*lines, *info.notes])


def _network(info: CheckpointInfo) -> str:
    if info.architecture is None:
        return "A difference to a base checkpoint"
    base = _NETWORKS.get(info.architecture.name, info.architecture.name)
    peft = info.architecture.peft
    method = str(info.training.get("method", ""))
    if peft is None and method.lower().startswith("lora"):  # merged into the weights when it was written
        return f"LoRA on {base}"
    return f"{_PARTS.get(peft.kind, peft.kind)} on {base}" if peft is not None else base


def _training(training: Mapping[str, Any]) -> list[str]:
    cases, sets = training.get("cases"), training.get("sets")
    names = [str(name) for name in sets] if isinstance(sets, list | tuple) else []
    if isinstance(cases, int):
        return [f"trained on {cases} cases{f' of {_listed(names)}' if names else ''}"]
    return [f"trained on {_listed(names)}"] if names else []


def _quality(training: Mapping[str, Any]) -> str:
    for kind in ("test", "validation"):
        value = training.get(f"{kind}_dice")
        if isinstance(value, int | float):
            return f"{kind} Dice {value:.2f}"
    return ""


def _listed(names: tuple[str, ...] | list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def plain_text(text: str) -> str:
    """A stranger's text in one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
