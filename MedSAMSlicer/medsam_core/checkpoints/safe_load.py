"""Read any checkpoint file without believing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from medsam_core.checkpoints.file_kind import FileKind, sniff
from medsam_core.checkpoints.safetensors_file import read_safetensors
from medsam_core.checkpoints.torch_file import read_torch_file
from medsam_core.errors import CheckpointError

MAX_FILE_BYTES = 32 << 30
_FOLDER_FILES = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True, eq=False)
class RawCheckpoint:
    """A file's content, as it lies there.

    Attributes:
        path: the file with the weights; in a folder, the one that was found.
        kind: what sort of file.
        tree: dictionaries, lists, plain values and CPU tensors.
        metadata: the texts of a safetensors header.
    """

    path: Path
    kind: FileKind
    tree: object
    metadata: Mapping[str, str] = field(default_factory=dict)


def read_checkpoint(path: Path) -> RawCheckpoint:
    """Read a checkpoint: a file, or a folder as Hugging Face lays it out.

    What kind it is is told from its content. No code in it is run.

    Args:
        path: file or folder.

    Raises:
        CheckpointError: it cannot be read, is something else, is damaged, or holds more than weights.
    """
    path = _weights_file(Path(path))
    kind = sniff(path)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise CheckpointError(path, f"is larger than {MAX_FILE_BYTES >> 30} GiB", "give the weights alone")
    if kind is FileKind.SAFETENSORS:
        tensors, metadata = read_safetensors(path)
        return RawCheckpoint(path, kind, tensors, metadata)
    return RawCheckpoint(path, kind, read_torch_file(path, kind))


def _weights_file(path: Path) -> Path:
    try:
        if not path.is_dir():
            return path
        found = [path / name for name in _FOLDER_FILES if (path / name).is_file()]
        if found:
            return found[0]
        if any(path.glob("*.index.json")):
            raise CheckpointError(path, "holds a model cut into several files", "give one file of weights")
    except (OSError, RuntimeError) as error:  # before Python 3.13 a loop of links is a RuntimeError
        problem = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise CheckpointError(path, problem, "check the path and that you may read it") from error
    raise CheckpointError(path, f"is a folder without {' or '.join(_FOLDER_FILES)}", "give the file itself")
