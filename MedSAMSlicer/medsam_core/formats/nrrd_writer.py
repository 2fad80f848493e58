"""Label maps as NRRD, with or without 3D Slicer's segment fields: .nrrd and .seg.nrrd."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from medsam_core.formats.numbers_as_text import numbers_as_text
from medsam_core.geometry import Geometry

_TYPES = {np.dtype(np.uint8): "unsigned char", np.dtype(np.uint16): "unsigned short"}
_COMPRESSION = 6


def write_nrrd(
    path: Path, labels_kji: np.ndarray, geometry: Geometry, key_values: Mapping[str, str] | None = None
) -> None:
    """Write a (k, j, i) uint8 or uint16 label map; the geometry is kept to float64's precision.

    Written here rather than by pynrrd (and so slicerio): that refuses names outside ASCII and stamps every
    file with the time, so that equal labels would not give equal bytes.

    Args:
        path: the file to write.
        labels_kji: the labels.
        geometry: their grid, sheared or not.
        key_values: further ``key:=value`` lines; line ends in them become spaces, and backslashes are doubled
            as the format wants them.

    Raises:
        OSError: from the file system.
    """
    lps = geometry.ijk_to_lps
    fields = {
        "type": _TYPES[labels_kji.dtype],
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": numbers_as_text(geometry.size_ijk),
        "space directions": " ".join(f"({numbers_as_text(axis, ',')})" for axis in lps[:3, :3].T),
        "kinds": "domain domain domain",
        "endian": "little",
        "encoding": "gzip",
        "space origin": f"({numbers_as_text(lps[:3, 3], ',')})",
    }
    lines = ["NRRD0005", *(f"{name}: {value}" for name, value in fields.items())]
    lines += [f"{_kept(key)}:={_kept(value)}" for key, value in (key_values or {}).items()]
    voxels = labels_kji.astype(labels_kji.dtype.newbyteorder("<"), copy=False)
    with path.open("wb") as stream:
        stream.write(("\n".join(lines) + "\n\n").encode())
        with gzip.GzipFile("", "wb", _COMPRESSION, stream, mtime=0) as packed:
            packed.write(np.ascontiguousarray(voxels).data)


def _kept(text: str) -> str:
    return " ".join(text.splitlines()).replace("\\", "\\\\")
