"""A case of the CVPR 2024 challenge: .npz with imgs, gts and, for volumes, spacing."""

from __future__ import annotations

import math
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.formats.header_checks import check_claim, check_memory
from medsam_core.geometry import Geometry
from medsam_core.volume import Volume
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import CaseError
from medsam_training.prepare.readers.loaded_case import LoadedCase
from medsam_training.prepare.readers.mask import whole_labels
from medsam_training.prepared_set.array_file import NPY_DAMAGE

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,  # a member that says it is encrypted
    *NPY_DAMAGE,
)
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def load_npz(source: CaseSource) -> LoadedCase:
    """Read `imgs` (k, j, i), (j, i) or (j, i, 3) in 0..255, `gts` and `spacing` (i, j, k in mm).

    The file holds no place in the patient: axes are taken as left, posterior, superior.

    Raises:
        CaseError: it is damaged, lacks an array, or their shapes differ.
    """
    path = source.image
    try:
        arrays = _arrays(path, ("imgs", "gts", "spacing"))
    except _DAMAGE as error:
        raise CaseError(path, "is no .npz file, or cut off or damaged", "copy it again") from error
    if "imgs" not in arrays or "gts" not in arrays:
        raise CaseError(path, "has no arrays imgs and gts", "give a training case of the CVPR 2024 layout")
    truth = arrays["gts"] if arrays["gts"].ndim == 3 else arrays["gts"][None]
    image = arrays["imgs"] if arrays["gts"].ndim == 3 else arrays["imgs"][None]
    if truth.ndim != 3 or image.shape[:3] != truth.shape:
        problem = f"imgs has the shape {arrays['imgs'].shape}, gts {arrays['gts'].shape}"
        raise CaseError(path, problem, "give a mask for each pixel")
    volume = Volume(image, _geometry(path, truth.shape, arrays.get("spacing")), name=path.stem, source=path)
    has_spacing = "spacing" in arrays
    return LoadedCase(volume, whole_labels(path, truth), has_spacing=has_spacing, displayed=True)


def _arrays(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    found = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if name not in names or member.filename == name:
                continue
            check_memory(path, (member.file_size,), 1)
            with archive.open(member) as stream:
                found[name] = _array(path, stream, member.file_size)
    return found


def _array(path: Path, stream: IO[bytes], held: int) -> np.ndarray:
    """An array whose size is checked before memory is given to it, as numpy's own reader does not."""
    shape, by_columns, dtype = _HEADERS[np.lib.format.read_magic(stream)](stream)
    if dtype.kind not in "buif":
        raise CaseError(path, f"holds {dtype} values", "give arrays of numbers")
    check_claim(path, shape, dtype.itemsize, held)
    values = np.frombuffer(stream.read(), dtype, count=math.prod(shape))
    return values.reshape(shape, order="F" if by_columns else "C")


def _geometry(path: Path, shape_kji: tuple[int, ...], spacing: np.ndarray | None) -> Geometry:
    sizes = np.ones(3) if spacing is None else np.asarray(spacing, float).reshape(-1)
    if sizes.size != 3:
        raise CaseError(path, f"spacing has {sizes.size} numbers", "give three, along i, j, k, in mm")
    try:
        return Geometry(shape_kji[::-1], np.diag([-sizes[0], -sizes[1], sizes[2], 1.0]))
    except VolumeError as error:
        raise CaseError(path, "spacing makes no sense", "give three lengths in mm") from error
