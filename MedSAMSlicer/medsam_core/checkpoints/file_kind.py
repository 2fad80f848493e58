"""What kind of file a checkpoint is, told from its content; a suffix proves nothing."""

from __future__ import annotations

import enum
import stat
import zipfile
from pathlib import Path

from medsam_core.errors import CheckpointError

_HEAD = 512
_MAX_SAFETENSORS_HEADER = 100_000_000
_LEGACY_TORCH = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # torch.save before 1.6 begins with this number
_USE_ANOTHER = "give a .pth, .pt, .ckpt or .safetensors file of network weights"


class FileKind(enum.Enum):
    """The kinds of file that hold weights we can read."""

    TORCH_ZIP = "torch archive"
    TORCH_LEGACY = "torch file from before 1.6"
    SAFETENSORS = "safetensors"


_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\x89HDF", "is an HDF5 file (Keras?)", _USE_ANOTHER),
    (0, b"GGUF", "is a GGUF file", _USE_ANOTHER),
    (0, b"ftrt", "is a TensorRT engine", "give the checkpoint that it was built from"),
    (0, b"ptrt", "is a TensorRT engine", "give the checkpoint that it was built from"),
    (0, b"\x1f\x8b", "is compressed with gzip", "unpack it first (gunzip)"),
    (0, b"7z\xbc\xaf", "is a 7z archive", "unpack it first"),
    (0, b"Rar!", "is a RAR archive", "unpack it first"),
    (257, b"ustar", "is a tar archive", "unpack it first, and give the file with the weights"),
    (0, b"NRRD", "is an NRRD image, not a network", _USE_ANOTHER),
    (128, b"DICM", "is a DICOM image, not a network", _USE_ANOTHER),
    (0, b"\x89PNG", "is a picture, not a network", _USE_ANOTHER),
    (0, b"\xff\xd8\xff", "is a picture, not a network", _USE_ANOTHER),
    (0, b"\x93NUMPY", "is a numpy array, not a network", _USE_ANOTHER),
    (0, b"version https://git-lfs", "is a Git LFS pointer, not the file itself", "run git lfs pull"),
)
"""Offset, bytes, what it is, what to do."""


def sniff(path: Path) -> FileKind:
    """Tell the kind of a regular file.

    Raises:
        CheckpointError: it is not there, cannot be read, or is something else; the message says what.
    """
    _require_regular(path)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise _unreadable(path, error) from error
    return _kind_of(path, head)


def _require_regular(path: Path) -> None:
    try:
        status = path.stat()  # a loop of links and a missing file end here
    except OSError as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise CheckpointError(path, "is not a regular file", _USE_ANOTHER)
    if status.st_size == 0:
        raise CheckpointError(path, "is empty", "download or copy it again")


def _unreadable(path: Path, error: OSError) -> CheckpointError:
    problem = f"cannot be read ({error.strerror or error})"
    return CheckpointError(path, problem, "check the path and that you may read it")


def _kind_of(path: Path, head: bytes) -> FileKind:
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(path)
    if head.startswith(_LEGACY_TORCH):
        return FileKind.TORCH_LEGACY
    if _begins_like_safetensors(head, path.stat().st_size):
        return FileKind.SAFETENSORS
    for offset, magic, what, remedy in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            raise CheckpointError(path, what, remedy)
    raise _refusal_by_look(path, head)


def _begins_like_safetensors(head: bytes, size: int) -> bool:
    length = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and 2 <= length <= min(_MAX_SAFETENSORS_HEADER, size - 8)


def _kind_of_zip(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        problem = f"is a damaged archive ({error})"
        raise CheckpointError(path, problem, "it was not copied whole; download or copy it again") from error
    tails = {name.split("/", 1)[-1] for name in names}
    if "constants.pkl" in tails or any(tail.startswith("code/") for tail in tails):
        raise CheckpointError(
            path,
            "is a TorchScript program, not weights",
            "give the checkpoint (.pth) that it was exported from",
        )
    if "data.pkl" in tails:
        return FileKind.TORCH_ZIP
    if any(name.endswith(".npy") for name in names):
        raise CheckpointError(path, "is a numpy archive (npz), not a network", _USE_ANOTHER)
    raise CheckpointError(
        path, "is a zip archive without weights in it", "unpack it first, if it holds a checkpoint"
    )


def _refusal_by_look(path: Path, head: bytes) -> CheckpointError:
    text = head.lstrip().lower()
    if text.startswith((b"<!doctype", b"<html")):
        return CheckpointError(
            path, "is a web page: the download saved a notice, not the file", "download the file itself"
        )
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return CheckpointError(
            path,
            "is a plain Python pickle, which can run code; it is not opened",
            "where you trust it, load it and save its weights with torch.save",
        )
    if head[:1] == b"\x08" and (b"onnx" in text or b"pytorch" in text or path.suffix.lower() == ".onnx"):
        return CheckpointError(
            path, "is an ONNX graph, not weights", "give the PyTorch checkpoint that it was exported from"
        )
    if head[8:9] == b"{" and (head[4:8] == b"\0\0\0\0" or path.suffix.lower() == ".safetensors"):
        return CheckpointError(path, "is a safetensors file that was cut short", "download or copy it again")
    return CheckpointError(path, "is not a checkpoint that we know", _USE_ANOTHER)
