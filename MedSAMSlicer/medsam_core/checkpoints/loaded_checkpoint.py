"""From a name or a path to a network that can be used, with all that is known of it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from torch import Tensor, nn

from medsam_core.checkpoints.candidate import Candidate, candidate_of, readable
from medsam_core.checkpoints.detect import detect
from medsam_core.checkpoints.digest import sha256_of
from medsam_core.checkpoints.filled_network import check_weights, filled_network
from medsam_core.checkpoints.formats.format import Conversion, Format
from medsam_core.checkpoints.info import CheckpointInfo
from medsam_core.checkpoints.names import locate_checkpoint
from medsam_core.checkpoints.safe_load import read_checkpoint
from medsam_core.errors import CheckpointError
from medsam_core.inference.presets import PRESETS, find_preset

NameOrPath = str | os.PathLike[str]


@dataclasses.dataclass(frozen=True, eq=False)
class LoadedCheckpoint:
    """A checkpoint in memory.

    Attributes:
        network: a `PromptableNetwork`: eval mode, float32, on the CPU, independent of the file.
        info: what is known of it.
    """

    network: nn.Module
    info: CheckpointInfo


class _Base(NamedTuple):
    tensors: Mapping[str, Tensor]
    sha256: str


def open_checkpoint(
    path: NameOrPath, *, base: NameOrPath | None = None, preset: str | None = None
) -> LoadedCheckpoint:
    """Read a checkpoint of any known format and build its network.

    Args:
        path: a file, a Hugging Face folder, or a name of the catalog ("demo", "medsam" once fetched ...).
        base: the SAM checkpoint that a difference (SAMed) was trained on; a name or a path.
        preset: preprocessing preset to use in place of the one that the file suggests.

    Raises:
        CheckpointError: it cannot be read, is of no format we know, is damaged, does not fit, or is only a
            difference and `base` is absent. No code in it has run.
        OptionError: there is no such preset.
    """
    conversion, info = _examine(path, base, preset)
    if info.needs_base:
        raise CheckpointError(
            info.path,
            f"is only a difference ({info.format})",
            "give the SAM it was trained on as base (--base)",
        )
    return LoadedCheckpoint(filled_network(conversion.tensors, conversion.architecture), info)


def inspect_checkpoint(
    path: NameOrPath, *, base: NameOrPath | None = None, preset: str | None = None
) -> CheckpointInfo:
    """Say what a checkpoint is, without building its network; see `open_checkpoint`.

    A difference is described also without its base; `needs_base` then says so.

    Raises:
        CheckpointError: as `open_checkpoint`.
    """
    return _examine(path, base, preset)[1]


def _examine(
    path: NameOrPath, base: NameOrPath | None, preset: str | None
) -> tuple[Conversion, CheckpointInfo]:
    candidate = candidate_of(read_checkpoint(locate_checkpoint(path)))
    row = detect(candidate)
    ground = _base_of(base) if base is not None else None
    with _naming(candidate.path):
        conversion = row.convert(candidate, ground.tensors if ground else None)
        conversion = _with_preset(conversion, preset, candidate.path)
        parameters = 0
        if not conversion.needs_base:
            parameters = check_weights(conversion.tensors, conversion.architecture, candidate.path)
    used = ground.sha256 if ground and conversion.used_base else None
    return conversion, _info(candidate, row, conversion, parameters, used)


def _base_of(base: NameOrPath) -> _Base:
    candidate = candidate_of(read_checkpoint(locate_checkpoint(base)))
    with _naming(candidate.path):
        conversion = detect(candidate).convert(candidate, None)
        if conversion.architecture is None or conversion.architecture.family != "vit":
            raise CheckpointError(
                candidate.path, "cannot be a base", "give SAM's own checkpoint (ViT-B, L or H) as base"
            )
        check_weights(conversion.tensors, conversion.architecture, candidate.path)
    return _Base(conversion.tensors, sha256_of(candidate.path))


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Put the file's name into errors of those who see weights or a header only."""
    try:
        yield
    except CheckpointError as error:
        if str(path.parent) in error.subject:
            raise
        what = "" if error.subject == "checkpoint" else f"its {error.subject}: "
        raise CheckpointError(path, f"{what}{error.problem}", error.remedy) from error


def _with_preset(conversion: Conversion, preset: str | None, path: Path) -> Conversion:
    if preset is None:
        if conversion.preset not in PRESETS:  # only a file of ours can name one that we do not have
            raise CheckpointError(
                path,
                f"asks for the preprocessing '{readable(conversion.preset)}', which is not known here",
                "update this program, or say which one to use with preset=",
            )
        return conversion
    wanted = find_preset(preset).name
    note = f"preprocessing '{wanted}' was asked for in place of '{conversion.preset}'"
    notes = conversion.notes if wanted == conversion.preset else (*conversion.notes, note)
    return dataclasses.replace(conversion, preset=wanted, notes=notes)


def _info(
    candidate: Candidate, row: Format, conversion: Conversion, parameters: int, base_sha256: str | None
) -> CheckpointInfo:
    path: Path = candidate.path
    return CheckpointInfo(
        path=path,
        name=conversion.name or path.stem,
        format=row.name,
        architecture=conversion.architecture,
        preset=conversion.preset,
        parameters=parameters,
        sha256=sha256_of(path),
        bytes=path.stat().st_size,
        base_sha256=base_sha256,
        notes=conversion.notes,
        class_names=conversion.class_names,
        licence=conversion.licence,
        training=conversion.training,
        score_is_trained=conversion.score_is_trained,
        needs_base=conversion.needs_base,
    )
