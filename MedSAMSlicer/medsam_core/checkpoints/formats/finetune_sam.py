"""finetune-SAM (mazurowski-lab): whole state dicts, plain, with LoRA or with adapters; args.json beside."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from medsam_core.checkpoints.bounded_json import checked, read_json_object
from medsam_core.checkpoints.candidate import Candidate
from medsam_core.checkpoints.formats.format import Conversion, generic_class_names
from medsam_core.checkpoints.formats.plain import plain_tensors
from medsam_core.checkpoints.lora_merge import merge_lora
from medsam_core.errors import CheckpointError
from medsam_core.models.registry import Architecture, architecture_of

_PARTS = r"\.attn\.qkv\.qkv\.weight$|_proj\.proj\.weight$|\.(Space|MLP)_Adapter\.D_fc1\.|\.Adapter\.D_fc1\."
_TOKENS = "mask_decoder.mask_tokens.weight"
_PRESETS = {"sam": "finetune_sam", "medsam": "finetune_sam_minmax"}
"""Its `normalize_type`: ImageNet mean and deviation, or each image's own range."""


class TrainingArguments(BaseModel):
    """What we use of args.json; everything else in it is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    arch: Annotated[str, Field(max_length=40)] = ""
    finetune_type: Annotated[str, Field(max_length=40)] = ""
    num_cls: Annotated[int, Field(ge=1, le=511)]
    image_size: Annotated[int, Field(ge=32, le=2048)] = 1024
    normalize_type: Annotated[str, Field(max_length=40)] = "sam"
    dataset_name: Annotated[str, Field(max_length=200)] = ""
    targets: str | list[str] | None = None
    epochs: int | None = None
    thd: bool = False


class FinetuneSam:
    """Known by its parts, by the number of its mask tokens, or by the args.json of the same training."""

    name = "finetune-SAM"

    def recognises(self, candidate: Candidate) -> bool:
        """LoRA or adapters by its names; else more or fewer mask tokens than SAM; else its args.json."""
        if not candidate.has(r"^mask_decoder\.") or not candidate.has(r"^image_encoder\."):
            return False
        if candidate.has(_PARTS):
            return True
        other_tokens = candidate.shape(_TOKENS)[:1] not in ((4,), ())
        return other_tokens or _arguments(candidate.path) is not None

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """Merge LoRA into plain weights; adapters stay as modules of the network."""
        tensors, notes = plain_tensors(candidate)
        arguments = _arguments(candidate.path)
        if arguments is not None and arguments.thd:
            raise CheckpointError(
                candidate.path,
                "was trained with finetune-SAM's three-dimensional branch (thd)",
                "train without it to use it here",
            )
        tensors, merged = merge_lora(tensors, candidate.path)
        if merged:
            notes += (f"merged {merged} low-rank updates into the weights",)
        architecture = _architecture(tensors, arguments, candidate.path)
        if architecture.peft is not None:
            notes += (f"kept its adapters in {len(architecture.peft.encoder_blocks)} encoder blocks",)
        return Conversion(
            tensors,
            architecture,
            preset=_preset(arguments),
            name=candidate.path.stem,
            class_names=_class_names(architecture, arguments),
            score_is_trained=False,  # its losses have no term for the quality head
            training={**candidate.facts, **_summary(arguments)},
            notes=notes + _guesses(arguments),
        )


def _arguments(path: Path) -> TrainingArguments | None:
    """The args.json beside a checkpoint, if it is finetune-SAM's."""
    beside = path.parent / "args.json"
    if not beside.is_file():
        return None
    data = read_json_object(beside)
    if "finetune_type" not in data or "num_cls" not in data:
        return None  # some other program's
    return checked(TrainingArguments, data, beside)


def _architecture(
    tensors: Mapping[str, Tensor], arguments: TrainingArguments | None, path: Path
) -> Architecture:
    found = architecture_of(tensors)
    changes: dict[str, Any] = {"windows_before_norm": found.family == "vit", "class_tokens": True}
    if arguments is not None:
        if arguments.num_cls + 1 != found.mask_tokens:
            raise CheckpointError(
                path,
                f"has {found.mask_tokens} mask tokens, but the args.json beside it says {arguments.num_cls} "
                "classes",
                "put it beside the args.json of its own training, or alone",
            )
        if found.family == "tiny_vit":  # no weight of a TinyViT tells the size
            changes["image_size"] = arguments.image_size
    return dataclasses.replace(found, **changes)


def _preset(arguments: TrainingArguments | None) -> str:
    return _PRESETS.get(arguments.normalize_type if arguments else "sam", "finetune_sam")


def _class_names(architecture: Architecture, arguments: TrainingArguments | None) -> tuple[str, ...]:
    """Token 0 is thrown away; the others are the classes, background first."""
    names = generic_class_names(architecture.mask_tokens - 1)
    targets = arguments.targets if arguments else None
    targets = [targets] if isinstance(targets, str) else targets or []
    named = [target for target in targets if target not in ("combine_all", "multi_all")]
    if len(named) == len(names) - 1:
        return (names[0], *(target[:100] for target in named))
    return names


def _summary(arguments: TrainingArguments | None) -> dict[str, Any]:
    if arguments is None:
        return {}
    facts = {"data": arguments.dataset_name, "epochs": arguments.epochs, "method": arguments.finetune_type}
    return {key: value for key, value in facts.items() if value}


def _guesses(arguments: TrainingArguments | None) -> tuple[str, ...]:
    if arguments is not None:
        return ("read the args.json beside it",)
    return ("there is no args.json beside it: taken to be normalised as ImageNet (normalize_type sam)",)
