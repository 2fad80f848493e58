"""MetaImage volumes: .mha, and .mhd with its data file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.formats.byte_stream import inflate_exactly, read_exactly
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
from medsam_core.geometry import swap_ras_lps
from medsam_core.volume import Volume

_LARGEST_HEADER = 1 << 16
_DATATYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_MODALITIES = {"MET_MOD_CT": "CT", "MET_MOD_MR": "MR", "MET_MOD_US": "US", "MET_MOD_NM": "NM"}


@dataclass(frozen=True)
class _Header:
    """The fields of a header by lower-case name, and where the voxels start in a .mha."""

    path: Path
    fields: dict[str, str]
    end: int

    def text(self, *names: str, default: str = "") -> str:
        return next((self.fields[name] for name in names if name in self.fields), default)

    def flag(self, *names: str) -> bool:
        return self.text(*names).lower() in ("true", "1", "t", "yes")

    def whole(self, name: str, default: int) -> int:
        value = self.numbers(name, default=(default,))[0]
        return int(value) if np.isfinite(value) else default

    def numbers(self, *names: str, default: tuple[float, ...] = ()) -> np.ndarray:
        words = self.text(*names).split()
        try:
            return np.array([float(word) for word in words] if words else default, dtype=np.float64)
        except ValueError as error:
            problem = f"its header field {names[0]} is not made of numbers"
            raise VolumeError(self.path, problem, "repair or convert the file") from error


def read_meta_image(path: Path, *, frame: int | None = None, series: str | None = None) -> Volume:
    """Read a MetaImage.

    Args:
        path: the .mha or .mhd file; a data file must lie in the same folder or below.
        frame: which volume of a 4D file, from 0.
        series: must be None.

    Raises:
        VolumeError: not a MetaImage, cut off, damaged, too large, or 4D without ``frame``.
    """
    refuse_series(path, series)
    header = _parse(path)
    size = _size(header)
    components = header.whole("elementnumberofchannels", 1)
    dtype = _dtype(header)
    index = choose_frame(path, int(np.prod(size[3:], dtype=np.int64)), frame)
    values = _values(header, (*size, components), dtype)
    i, j, k = size[:3]
    array = values.reshape(-1, k, j, i, components)[index]
    return Volume(
        grey_or_colour(path, array),
        geometry_of(path, size[:3], _ijk_to_ras(header, len(size))),
        modality=_MODALITIES.get(header.text("modality")),
        source=path,
    )


def _parse(path: Path) -> _Header:
    with path.open("rb") as stream:
        head = stream.read(_LARGEST_HEADER)
    fields: dict[str, str] = {}
    position = 0
    while "elementdatafile" not in fields:
        end = head.find(b"\n", position)
        name, equals, value = head[position : max(end, position)].partition(b"=")
        if end < 0 or not equals:
            raise VolumeError(path, "is no MetaImage file", "give the image under its right suffix")
        fields[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
        position = end + 1
    return _Header(path, fields, position)


def _size(header: _Header) -> tuple[int, ...]:
    size = tuple(int(n) if np.isfinite(n) else 0 for n in header.numbers("dimsize"))
    if not 2 <= len(size) <= 4:
        raise VolumeError(header.path, f"has {len(size)} axes", "give an image of 2, 3 or 4")
    return size if len(size) > 2 else (*size, 1)


def _dtype(header: _Header) -> np.dtype:
    name = header.text("elementtype").upper().removesuffix("_ARRAY")
    if name not in _DATATYPES or header.text("binarydata", default="True").lower() == "false":
        problem = f"holds values of type {name or 'unknown'} or as text"
        raise VolumeError(header.path, problem, "convert it to binary numbers")
    big = header.flag("elementbyteordermsb", "binarydatabyteordermsb")
    return np.dtype((">" if big else "<") + _DATATYPES[name])


def _values(header: _Header, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """All values of the file, frames included, flat."""
    name = header.text("elementdatafile")
    local = name.upper() == "LOCAL"
    data_path = header.path if local else data_file_beside(header.path, name)
    compressed = header.flag("compresseddata")
    stored = data_path.stat().st_size
    check_claim(header.path, shape, dtype.itemsize, unpacked_limit(stored, compressed=compressed))
    count = check_memory(header.path, shape, dtype.itemsize)
    skipped = header.whole("headersize", 0)
    start = header.end if local else skipped if skipped >= 0 else stored - count  # -1: the voxels come last
    with data_path.open("rb") as stream:
        stream.seek(start)
        if compressed:
            return inflate_exactly(header.path, stream.read(), count).view(dtype)
        return read_exactly(header.path, stream, count).view(dtype)


def _ijk_to_ras(header: _Header, axes: int) -> np.ndarray:
    """Rows of TransformMatrix are the directions of the axes, in LPS."""
    axes = header.whole("ndims", axes)
    spacing = header.numbers("elementspacing", "elementsize", default=(1.0,) * axes)
    directions = header.numbers(
        "transformmatrix", "rotation", "orientation", default=tuple(np.eye(axes).ravel())
    )
    origin = header.numbers("offset", "position", "origin", default=(0.0,) * axes)
    if len(spacing) != axes or directions.size != axes * axes or len(origin) != axes:
        raise VolumeError(
            header.path, "its spacing, directions or origin are incomplete", "repair the header"
        )
    n = min(axes, 3)
    lps = np.eye(4)
    lps[:n, :n] = directions.reshape(axes, axes).T[:n, :n] * spacing[:n]
    lps[:n, 3] = origin[:n]
    return swap_ras_lps(lps)
