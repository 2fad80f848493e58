"""What a file header may claim, checked before any memory is given to it."""

from __future__ import annotations

import math
from pathlib import Path, PureWindowsPath

import numpy as np
import psutil

from medsam_core.errors import VolumeError
from medsam_core.geometry import Geometry

MAX_VOXEL_BYTES = 16 * 2**30

# Deflate cannot shrink more than 1032 times (zlib's documentation, "Maximum Compression Factor").
_DEFLATE_MAX_RATIO = 1032
_HEADER_SLACK_BYTES = 4096


def check_claim(path: Path, shape: tuple[int, ...], bytes_per_value: int, held: int) -> None:
    """Refuse sizes that the file cannot hold.

    Args:
        path: the file, for the message.
        shape: numbers of values along every axis, frames and components included, as the header claims them.
        bytes_per_value: size of one value.
        held: the most bytes that the file can hold once unpacked (see ``unpacked_limit``).

    Raises:
        VolumeError: an axis without values, or more bytes than ``held``.
    """
    if not shape or min(shape) < 1:
        raise VolumeError(path, f"its header gives it {_shown(shape)} values", "repair or convert the file")
    if math.prod(shape) * bytes_per_value > held:
        problem = (
            f"is cut off or damaged: its header claims {_shown(shape)} values, the file cannot hold them"
        )
        raise VolumeError(path, problem, "copy or convert it again")


def check_memory(path: Path, shape: tuple[int, ...], bytes_per_value: int) -> int:
    """Refuse to read more than the limit or than this machine has memory for.

    Returns:
        The number of bytes of an array of this shape.

    Raises:
        VolumeError: too many bytes.
    """
    needed = math.prod(shape) * bytes_per_value
    free = free_memory()
    if needed > MAX_VOXEL_BYTES:
        problem = (
            f"is too large: {_shown(shape)} values are {_gib(needed)}, the limit is {_gib(MAX_VOXEL_BYTES)}"
        )
        raise VolumeError(path, problem, "crop or resample it")
    if needed > free:
        problem = f"needs {_gib(needed)} of memory, {_gib(free)} are free"
        raise VolumeError(path, problem, "crop or resample it, or close other programs")
    return needed


def unpacked_limit(stored_bytes: int, *, compressed: bool) -> int:
    """The most bytes that ``stored_bytes`` on disk can unpack to (deflate or not compressed at all)."""
    return stored_bytes * _DEFLATE_MAX_RATIO + _HEADER_SLACK_BYTES if compressed else stored_bytes


def choose_frame(path: Path, count: int, frame: int | None) -> int:
    """The frame to read of a file that holds ``count`` volumes (time points, directions, channels).

    Raises:
        VolumeError: there are several and none was chosen, or the chosen one does not exist.
    """
    if frame is None and count == 1:
        return 0
    valid = "--frame 0" if count == 1 else f"one of --frame 0 to --frame {count - 1}"
    if frame is None:
        raise VolumeError(path, f"is 4D: it holds {count} frames", f"choose {valid}")
    if not 0 <= frame < count:
        raise VolumeError(path, f"has no frame {frame}: it holds {count}", f"choose {valid}")
    return frame


def refuse_series(path: Path, series: str | None) -> None:
    """Refuse the choice of a DICOM series in a file that cannot have any."""
    if series is not None:
        raise VolumeError(path, "is not a DICOM folder, it has no series to choose", "leave out --series")


def grey_or_colour(path: Path, array: np.ndarray) -> np.ndarray:
    """(..., c) values as (...) for one component, (..., 3) for RGB and RGBA (alpha is dropped).

    Raises:
        VolumeError: another number of components.
    """
    components = array.shape[-1]
    if components == 1:
        return array[..., 0]
    if components in (3, 4):
        return array[..., :3]
    raise VolumeError(path, f"holds {components} values in each voxel", "give a grey or RGB image")


def data_file_beside(path: Path, name: str) -> Path:
    """The data file that a detached header names.

    Only a file in the header's folder or below: a header that came from elsewhere must not make this program
    read other files of the user. Links are followed; they are the user's own.

    Raises:
        VolumeError: the name is a list or pattern, leads out of the folder, or no file is there.
    """
    parts = PureWindowsPath(name).parts  # splits at / and \\ alike
    if not parts or "%" in name or name.upper().split()[0] == "LIST":
        raise VolumeError(path, "spreads its voxels over several files", "convert it to one file")
    if PureWindowsPath(name).anchor or ".." in parts:
        raise VolumeError(path, f"names a data file outside its folder ({name})", "put both in one folder")
    data_path = path.parent / Path(*parts)
    if not data_path.is_file():
        raise VolumeError(path, f"its data file {name} is not there", "put both files in one folder")
    return data_path


def geometry_of(path: Path, size_ijk: tuple[int, ...], ijk_to_ras: np.ndarray) -> Geometry:
    """A geometry whose errors name the file."""
    try:
        return Geometry(size_ijk, ijk_to_ras)
    except VolumeError as error:
        raise VolumeError(path, error.problem, error.remedy) from error


def free_memory() -> int:
    """Bytes that this process can still take."""
    return psutil.virtual_memory().available


def _shown(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "no"


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
