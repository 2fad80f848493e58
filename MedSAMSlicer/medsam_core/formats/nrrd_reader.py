"""NRRD volumes: .nrrd, and .nhdr with its data file."""

from __future__ import annotations

import bz2
import gzip
import math
from pathlib import Path
from typing import BinaryIO

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.formats.byte_stream import damaged, read_exactly, skip_exactly
from medsam_core.formats.header_checks import (
    check_claim,
    check_memory,
    choose_frame,
    data_file_beside,
    geometry_of,
    grey_or_colour,
    refuse_series,
    unpacked_limit,
)
from medsam_core.formats.nrrd_header import NrrdHeader, parse_nrrd_header
from medsam_core.formats.nrrd_space import ijk_to_lps
from medsam_core.geometry import swap_ras_lps
from medsam_core.volume import Volume

_LARGEST_TEXT = 1 << 28  # numbers as text take twenty times their size while they are parsed


def read_nrrd(path: Path, *, frame: int | None = None, series: str | None = None) -> Volume:
    """Read a NRRD file. Sheared ``space directions`` are kept exactly, as ITK keeps them.

    An axis of kind ``list`` or ``time``, or a fourth axis of no kind, holds frames; one of a colour or vector
    kind holds RGB or RGBA.

    Args:
        path: the .nrrd or .nhdr file; a data file must lie in the same folder or below.
        frame: which volume of a 4D file, from 0.
        series: must be None.

    Raises:
        VolumeError: not a NRRD image, cut off, damaged, too large, or 4D without ``frame``.
    """
    refuse_series(path, series)
    header = parse_nrrd_header(path)
    axis = header.value_axis
    frames = 1 if axis is None or header.holds_colours else header.sizes[axis]
    index = choose_frame(path, frames, frame)
    values = values_of(header).reshape(header.sizes[::-1])
    if axis is not None:
        values = np.moveaxis(values, len(header.sizes) - 1 - axis, -1)
        values = grey_or_colour(path, values) if header.holds_colours else values[..., index]
    spatial = tuple(n for m, n in enumerate(header.sizes) if m != axis)
    size = (*spatial, 1, 1)[:3]
    colours = (3,) if header.holds_colours else ()
    return Volume(
        values.reshape(*size[::-1], *colours),
        geometry_of(path, size, swap_ras_lps(ijk_to_lps(header))),
        modality=header.modality,
        source=path,
    )


def values_of(header: NrrdHeader) -> np.ndarray:
    """All values of a file, flat, the axis named first in the header running fastest.

    Raises:
        VolumeError: cut off, damaged or too large.
    """
    path, name = header.path, header.data_file
    data_path = path if name is None else data_file_beside(path, name)
    start = header.end if name is None else 0
    _check_stored(header, data_path.stat().st_size - start)
    count = check_memory(path, header.sizes, header.dtype.itemsize)
    with data_path.open("rb") as stream:
        stream.seek(start)
        _skip_lines(header, stream)
        if header.encoding == "ascii":
            return _numbers(header, stream)
        opener = {"raw": _plain, "gzip": _gzip, "bzip2": _bzip2}[header.encoding]
        unpacked = opener(stream)
        _skip_bytes(header, unpacked, count)
        return read_exactly(path, unpacked, count).view(header.dtype)


def _check_stored(header: NrrdHeader, stored: int) -> None:
    bytes_per_value = header.dtype.itemsize
    if header.encoding == "bzip2":  # packs zeros without bound; the limit of memory holds still
        stored = math.prod(header.sizes) * bytes_per_value
    if header.encoding == "ascii":
        bytes_per_value = 1
        if stored > _LARGEST_TEXT:
            raise VolumeError(header.path, "holds too many numbers as text", "convert it to gzip or raw")
    held = unpacked_limit(stored, compressed=header.encoding == "gzip")
    check_claim(header.path, header.sizes, bytes_per_value, held)


def _skip_lines(header: NrrdHeader, stream: BinaryIO) -> None:
    for _ in range(max(0, header.whole("line skip"))):
        if not stream.readline():
            raise damaged(header.path)


def _skip_bytes(header: NrrdHeader, stream: BinaryIO, count: int) -> None:
    """Go over what ``byte skip`` names, in unpacked bytes; -1 says that the voxels come last."""
    skipped = header.whole("byte skip")
    if skipped >= 0:
        skip_exactly(header.path, stream, skipped)
    elif header.encoding == "raw":
        stream.seek(-count, 2)
    else:
        raise header.broken("byte skip")


def _numbers(header: NrrdHeader, stream: BinaryIO) -> np.ndarray:
    try:
        values = np.array(stream.read().split(), dtype=header.dtype.newbyteorder("="))
    except (ValueError, OverflowError) as error:
        raise damaged(header.path) from error
    if values.size != math.prod(header.sizes):
        raise damaged(header.path)
    return values


def _plain(stream: BinaryIO) -> BinaryIO:
    return stream


def _gzip(stream: BinaryIO) -> BinaryIO:
    return gzip.GzipFile(fileobj=stream)  # type: ignore[return-value]


def _bzip2(stream: BinaryIO) -> BinaryIO:
    return bz2.BZ2File(stream)  # type: ignore[return-value]
