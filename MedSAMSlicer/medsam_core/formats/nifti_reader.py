"""NIfTI volumes: .nii and .nii.gz."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import BinaryIO

import numpy as np

from medsam_core.formats.byte_stream import damage_named, read_exactly
from medsam_core.formats.header_checks import (
    check_claim,
    check_memory,
    choose_frame,
    geometry_of,
    refuse_series,
    unpacked_limit,
)
from medsam_core.formats.nifti_header import NiftiHeader, parse_nifti_header
from medsam_core.volume import Volume

_GZIP_MAGIC = b"\x1f\x8b"
_LONGEST_HEADER = 540
_VECTOR_INTENTS = (1007, 2003, 2004)

# Axes count as being at right angles up to this cosine, as in ITK (found by trial: 1e-4 passes, 1e-3 not).
_MAX_COSINE = 5e-4


def read_nifti(path: Path, *, frame: int | None = None, series: str | None = None) -> Volume:
    """Read a NIfTI file with the place of its voxels as ITK (so 3D Slicer) takes it.

    The sform counts if its code is 1 or there is no qform, otherwise the qform; an sform whose axes are not
    at right angles gives way to a qform. Where a sheared sform is all there is (ITK refuses such files) it
    is kept exactly. Without either, the axes are ITK's: left, posterior, superior.

    Args:
        path: the file; compression is told by content.
        frame: which volume of a 4D file, from 0.
        series: must be None.

    Raises:
        VolumeError: not a NIfTI image, cut off, damaged, too large, or 4D without ``frame``.
    """
    refuse_series(path, series)
    with path.open("rb") as raw:
        compressed = raw.read(2) == _GZIP_MAGIC
        raw.seek(0)
        held = unpacked_limit(path.stat().st_size, compressed=compressed)
        stream: BinaryIO = gzip.GzipFile(fileobj=raw) if compressed else raw  # type: ignore[assignment]
        header = parse_nifti_header(path, _head(path, stream))
        values = _read_frame(path, stream, header, held, frame)
    matrix, notes = _ijk_to_ras(header)
    geometry = geometry_of(path, header.size[:3], matrix)
    return Volume(_scaled(values, header), geometry, source=path, notes=notes)


def _head(path: Path, stream: BinaryIO) -> bytes:
    with damage_named(path):
        return stream.read(_LONGEST_HEADER)


def _read_frame(
    path: Path, stream: BinaryIO, header: NiftiHeader, held: int, frame: int | None
) -> np.ndarray:
    """The values of one frame as (k, j, i) or (k, j, i, 3), native byte order, not yet scaled."""
    planes = _colour_planes(header)
    shape = (*header.size[:3], header.components * planes)
    check_claim(path, (*header.size, header.components), header.dtype.itemsize, held - header.offset)
    frames = 1 if planes > 1 else int(np.prod(header.size[3:], dtype=np.int64))
    index = choose_frame(path, frames, frame)
    count = check_memory(path, shape, header.dtype.itemsize)
    _go_to(path, stream, header.offset + index * count)
    values = read_exactly(path, stream, count).view(header.dtype)
    return _as_kji(values, header, planes)


def _as_kji(values: np.ndarray, header: NiftiHeader, planes: int) -> np.ndarray:
    i, j, k = header.size[:3]
    if planes > 1:
        return np.moveaxis(values.reshape(planes, k, j, i), 0, -1)[..., :3]
    if header.components > 1:
        return values.reshape(k, j, i, header.components)[..., :3]
    return values.reshape(k, j, i)


def _colour_planes(header: NiftiHeader) -> int:
    """3 or 4 if the fifth axis holds colours (a vector image), otherwise 1."""
    is_vector = header.intent in _VECTOR_INTENTS and len(header.size) == 5 and header.size[3] == 1
    return header.size[4] if is_vector and header.size[4] in (3, 4) else 1


def _go_to(path: Path, stream: BinaryIO, position: int) -> None:
    with damage_named(path):  # a gzip stream unpacks its way there
        stream.seek(position)


def _scaled(values: np.ndarray, header: NiftiHeader) -> np.ndarray:
    if (header.slope, header.intercept) == (1.0, 0.0):
        return values
    wide = values.dtype.itemsize > 4 or values.dtype in (np.int32, np.uint32)
    real = values.astype(np.float64 if wide else np.float32)
    real *= header.slope
    real += header.intercept
    return real


def _ijk_to_ras(header: NiftiHeader) -> tuple[np.ndarray, tuple[str, ...]]:
    sform, qform = header.sform, header.qform
    if sform is not None and (header.sform_is_scanner or qform is None):
        if _at_right_angles(sform):
            return _with_spacing(sform, header.spacing), ()
        if qform is None:
            return sform, ("The axes of the image are not at right angles (sheared); they are kept so.",)
        return qform, ("The sform of the file is sheared; its qform is used, as ITK and 3D Slicer do.",)
    if qform is not None:
        return qform, ()
    note = "The file does not say where the image lies in the patient."
    spacing = np.where(header.spacing > 0, header.spacing, 1.0)
    return np.diag([*spacing * (-1.0, -1.0, 1.0), 1.0]), (note,)


def _with_spacing(sform: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """The sform's directions with pixdim's spacings, as ITK combines them (they differ by rounding only)."""
    lengths = np.linalg.norm(sform[:3, :3], axis=0)
    matrix = sform.copy()
    matrix[:3, :3] *= np.where(spacing > 0, spacing, lengths) / np.where(lengths > 0, lengths, 1.0)
    return matrix


def _at_right_angles(matrix: np.ndarray) -> bool:
    axes = matrix[:3, :3] / np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), np.finfo(float).tiny)
    return bool(np.abs(axes.T @ axes - np.eye(3)).max() < _MAX_COSINE)
