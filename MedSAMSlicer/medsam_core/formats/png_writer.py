"""Label maps of 2D images as PNG: the grey value is the label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from medsam_core.errors import OutputError
from medsam_core.geometry import Geometry


def write_png(path: Path, labels_kji: np.ndarray, geometry: Geometry) -> None:
    """Write a (1, j, i) uint8 or uint16 label map with 8 or 16 bits a pixel.

    The picture holds label numbers, so it looks black in most viewers. PNG has no place in the patient.

    Raises:
        OutputError: the labels have more than one slice.
        OSError: from the file system.
    """
    check_png_size(path, geometry)
    with path.open("wb") as stream:
        Image.fromarray(np.ascontiguousarray(labels_kji[0])).save(stream, format="PNG")


def check_png_size(path: Path, geometry: Geometry) -> None:
    """Refuse a grid of several slices.

    Raises:
        OutputError: there are more than one.
    """
    slices = geometry.size_ijk[2]
    if slices > 1:
        remedy = "write .nii.gz, .nrrd, .seg.nrrd or .mha"
        raise OutputError(path, f"PNG holds one slice, the segmentation has {slices}", remedy)
