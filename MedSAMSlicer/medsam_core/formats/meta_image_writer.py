"""Label maps as MetaImage: .mha."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from medsam_core.formats.numbers_as_text import numbers_as_text
from medsam_core.geometry import RAS_LPS, Geometry

_TYPES = {np.dtype(np.uint8): "MET_UCHAR", np.dtype(np.uint16): "MET_USHORT"}
_COMPRESSION = 6


def write_meta_image(path: Path, labels_kji: np.ndarray, geometry: Geometry) -> None:
    """Write a (k, j, i) uint8 or uint16 label map; the geometry is kept to float64's precision.

    Raises:
        OSError: from the file system.
    """
    voxels = labels_kji.astype(labels_kji.dtype.newbyteorder("<"), copy=False)
    packed = zlib.compress(np.ascontiguousarray(voxels).data, _COMPRESSION)
    directions = RAS_LPS[:3, :3] @ geometry.direction
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "True",
        "CompressedDataSize": str(len(packed)),
        "TransformMatrix": numbers_as_text(directions.T.ravel()),
        "Offset": numbers_as_text(geometry.ijk_to_lps[:3, 3]),
        "CenterOfRotation": "0 0 0",
        "ElementSpacing": numbers_as_text(geometry.spacing_mm),
        "DimSize": numbers_as_text(geometry.size_ijk),
        "ElementType": _TYPES[labels_kji.dtype],
        "ElementDataFile": "LOCAL",
    }
    with path.open("wb") as stream:
        stream.write("".join(f"{name} = {value}\n" for name, value in fields.items()).encode("ascii"))
        stream.write(packed)
