"""Our own checkpoint file: safetensors with a JSON header of everything that is needed to use it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import save_file
from torch import Tensor, nn

from medsam_core.atomic_file import atomic_output
from medsam_core.checkpoints.bounded_json import checked, parse_json_object
from medsam_core.checkpoints.filled_network import check_weights
from medsam_core.checkpoints.info import CheckpointInfo
from medsam_core.errors import CheckpointError
from medsam_core.models.architecture import Architecture

METADATA_KEY = "medsam"
"""The header entry; a Lightning checkpoint may carry the same text under this key at its top level."""

FORMAT_VERSION = 1

_Text = Annotated[str, Field(max_length=1000)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class _Header(BaseModel):
    """The header's JSON, as it lies in the file."""

    model_config = ConfigDict(extra="ignore", strict=True)

    format: int
    name: _Name
    architecture: dict[str, Any]
    preset: _Name
    class_names: Annotated[list[_Name], Field(max_length=512)] = []
    licence: _Text = ""
    score_is_trained: bool = False
    training: dict[str, Any] = {}


@dataclass(frozen=True)
class OwnHeader:
    """What our file says of its weights.

    Attributes:
        name: what to call the model.
        architecture: what to build, its parameter-efficient parts included.
        preset: name of the preprocessing preset.
        class_names: of a multi-class network, background first.
        licence: SPDX name of the weights' licence.
        score_is_trained: whether the network's own quality estimate means anything.
        training: plain JSON facts about the training.
    """

    name: str
    architecture: Architecture
    preset: str
    class_names: tuple[str, ...] = ()
    licence: str = ""
    score_is_trained: bool = False
    training: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_info(cls, info: CheckpointInfo) -> OwnHeader:
        """The header of a file that keeps what is known of another one.

        Raises:
            CheckpointError: it is only a difference.
        """
        if info.architecture is None:
            raise CheckpointError(info.path, "is only a difference", "open it with its base checkpoint")
        return cls(
            info.name,
            info.architecture,
            info.preset,
            info.class_names,
            info.licence,
            info.score_is_trained,
            info.training,
        )

    @classmethod
    def from_json_text(cls, text: str, subject: object) -> OwnHeader:
        """Read a header that a stranger may have written.

        Raises:
            CheckpointError: it is damaged, does not fit, or is of a later version of this program.
        """
        raw = checked(_Header, parse_json_object(text, subject), subject)
        if raw.format != FORMAT_VERSION:
            raise CheckpointError(
                subject,
                f"is of version {raw.format} of our format, not {FORMAT_VERSION}",
                "update this program",
            )
        return cls(
            raw.name,
            Architecture.from_json(raw.architecture),
            raw.preset,
            tuple(raw.class_names),
            raw.licence,
            raw.score_is_trained,
            raw.training,
        )

    def to_json_text(self) -> str:
        """The header entry."""
        return json.dumps(
            {
                "format": FORMAT_VERSION,
                "name": self.name,
                "architecture": self.architecture.to_json(),
                "peft": self.architecture.to_json()["peft"],
                "preset": self.preset,
                "class_names": list(self.class_names),
                "licence": self.licence,
                "score_is_trained": self.score_is_trained,
                "training": dict(self.training),
            }
        )


def write_own(
    network: nn.Module | Mapping[str, Tensor],
    path: str | os.PathLike[str],
    info: OwnHeader | CheckpointInfo,
    *,
    half: bool = False,
    overwrite: bool = False,
) -> Path:
    """Write weights as our own file, whole or not at all.

    Args:
        network: a network, or its state dict; it must fit `info.architecture`.
        path: the file to write, usually ``*.safetensors``.
        info: what to say of it in the header.
        half: store float16, half the size; it is read back as float32, rounded to 11 bits.
        overwrite: replace an existing file.

    Returns:
        The path.

    Raises:
        CheckpointError: the weights do not fit the architecture or are not finite, also once rounded.
        OutputError: the file exists already or cannot be written.
    """
    header = OwnHeader.from_info(info) if isinstance(info, CheckpointInfo) else info
    target = Path(path)
    state = network.state_dict() if isinstance(network, nn.Module) else network
    tensors = {name: _stored(tensor, half) for name, tensor in state.items()}
    check_weights(tensors, header.architecture, target)
    with atomic_output(target, overwrite=overwrite) as temporary:
        save_file(tensors, temporary, metadata={METADATA_KEY: header.to_json_text()})
    return target


def _stored(tensor: Tensor, half: bool) -> Tensor:
    """An own contiguous copy on the CPU: the format knows no shared memory."""
    kind = tensor.dtype
    if tensor.is_floating_point():
        kind = torch.float16 if half else torch.float32
    return tensor.detach().to("cpu", kind, copy=True).contiguous()
