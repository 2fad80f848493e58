"""Label maps as NIfTI-1: .nii and .nii.gz."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np

from medsam_core.errors import OutputError
from medsam_core.geometry import Geometry

_DATATYPES = {np.dtype(np.uint8): 2, np.dtype(np.uint16): 512}
_LARGEST_AXIS = 32767
_SCANNER = 1
_MILLIMETRE = 2
_LABEL_INTENT = 1002
_COMPRESSION = 6


def write_nifti(path: Path, labels_kji: np.ndarray, geometry: Geometry) -> None:
    """Write a (k, j, i) uint8 or uint16 label map.

    The sform holds the geometry to float32's precision (NIfTI-1 has no other). There is no qform: it cannot
    express sheared axes, and one place stated once cannot contradict itself. The same labels give the same
    bytes (no time stamp).

    Raises:
        OutputError: an axis is longer than NIfTI-1's 32767.
        OSError: from the file system.
    """
    check_nifti_size(path, geometry)
    header = _header(labels_kji, geometry)
    with path.open("wb") as raw:
        if path.name.lower().endswith(".gz"):
            with gzip.GzipFile("", "wb", _COMPRESSION, raw, mtime=0) as packed:
                packed.write(header)
                packed.write(np.ascontiguousarray(labels_kji).data)
        else:
            raw.write(header)
            raw.write(np.ascontiguousarray(labels_kji).data)


def check_nifti_size(path: Path, geometry: Geometry) -> None:
    """Refuse a grid that NIfTI-1 cannot count.

    Raises:
        OutputError: an axis is longer than 32767.
    """
    longest = max(geometry.size_ijk)
    if longest > _LARGEST_AXIS:
        problem = f"NIfTI holds {_LARGEST_AXIS} voxels along an axis, the image has {longest}"
        raise OutputError(path, problem, "write .nrrd or .mha")


def _header(labels_kji: np.ndarray, geometry: Geometry) -> bytes:
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *geometry.size_ijk, 1, 1, 1, 1)
    struct.pack_into("<h", header, 68, _LABEL_INTENT)
    struct.pack_into("<2h", header, 70, _DATATYPES[labels_kji.dtype], 8 * labels_kji.dtype.itemsize)
    struct.pack_into("<8f", header, 76, 1.0, *geometry.spacing_mm, 0, 0, 0, 0)
    struct.pack_into("<3f", header, 108, 352.0, 1.0, 0.0)
    header[123] = _MILLIMETRE
    struct.pack_into("<2h", header, 252, 0, _SCANNER)
    struct.pack_into("<12f", header, 280, *geometry.ijk_to_ras[:3].ravel())
    header[344:348] = b"n+1\0"
    return bytes(header)
