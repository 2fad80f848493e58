"""A specialist's weights as a file of their own: safetensors with a JSON header, never pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import save_file

from medsam_core.atomic_file import atomic_output
from medsam_core.checkpoints.bounded_json import checked, parse_json_object
from medsam_core.checkpoints.safetensors_file import read_safetensors
from medsam_core.errors import CheckpointError
from medsam_training.compare.specialist import Specialist
from medsam_training.compare.specialist_kinds import KINDS, build_specialist

METADATA_KEY = "medsam_specialist"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class SpecialistHeader:
    """What the file says of its weights.

    Attributes:
        name: what to call it.
        kind: of `KINDS`.
        image_size, width: what to build.
        licence: SPDX name of the weights' licence.
        training: plain JSON facts about the training.
        format: of this header.
    """

    name: str
    kind: str
    image_size: int
    width: int
    licence: str = ""
    training: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT_VERSION


class _Header(BaseModel):
    """The header's JSON, as a stranger may have written it."""

    model_config = ConfigDict(extra="ignore", strict=True)

    format: Annotated[int, Field(ge=FORMAT_VERSION, le=FORMAT_VERSION)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Annotated[str, Field(pattern=f"^({'|'.join(KINDS)})$")]
    image_size: Annotated[int, Field(ge=32, le=4096, multiple_of=16)]
    width: Annotated[int, Field(ge=8, le=512, multiple_of=8)]
    licence: Annotated[str, Field(max_length=1000)] = ""
    training: dict[str, Any] = {}


def write_specialist(network: Specialist, header: SpecialistHeader, path: Path, half: bool = False) -> Path:
    """Write a specialist, whole or not at all, replacing what was there.

    Raises:
        CheckpointError: a weight is not a finite number.
        OutputError: the file cannot be written.
    """
    kind = torch.float16 if half else torch.float32
    state = network.body.state_dict()
    tensors = {name: t.detach().to("cpu", kind, copy=True).contiguous() for name, t in state.items()}
    _check_finite(tensors, path)
    with atomic_output(path, overwrite=True) as temporary:
        save_file(tensors, temporary, metadata={METADATA_KEY: json.dumps(asdict(header))})
    return path


def read_specialist(path: Path) -> tuple[Specialist, SpecialistHeader]:
    """Read what `write_specialist` wrote: the network in eval mode, float32, on the CPU.

    Raises:
        CheckpointError: it is damaged, is no specialist, or its weights do not fit its header.
    """
    tensors, metadata = read_safetensors(path)
    if METADATA_KEY not in metadata:
        raise CheckpointError(path, "is no specialist", "give a file that medsam-train compare wrote")
    raw = checked(_Header, parse_json_object(metadata[METADATA_KEY], path), path)
    header = SpecialistHeader(**raw.model_dump())
    network = build_specialist(header.kind, header.image_size, header.width, seed=0)
    _check_finite(tensors, path)
    try:
        network.body.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except RuntimeError as error:
        problem = f"its weights are not those of a {header.kind} of width {header.width}"
        raise CheckpointError(path, problem, "copy it again, or train it again") from error
    return network.eval(), header


def _check_finite(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            problem = f"the weight {name} has values that are not numbers (NaN or infinite)"
            raise CheckpointError(path, problem, "the training diverged; lower optimiser.rate")
