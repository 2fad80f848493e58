"""DICOM segmentations read back without the code that wrote them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pydicom

from medsam_core.geometry import Geometry


def labels_of_seg(path: Path, geometry: Geometry) -> np.ndarray:
    """The label map of a binary segmentation, every frame put where its header says, on a grid.

    Raises:
        AssertionError: a frame lies between the slices of the grid, or its pixels elsewhere than theirs.
    """
    seg = pydicom.dcmread(path)
    label = {one.SegmentNumber: _label(one.SegmentDescription) for one in seg.SegmentSequence}
    shared = seg.SharedFunctionalGroupsSequence[0]
    _check_pixels(shared, geometry)
    labels = np.zeros(geometry.shape_kji, np.uint16)
    bits = np.unpackbits(np.frombuffer(seg.PixelData, np.uint8), bitorder="little")
    size = (seg.NumberOfFrames, seg.Rows, seg.Columns)
    frames = bits[: np.prod(size)].reshape(size)
    for frame, group in zip(frames, seg.PerFrameFunctionalGroupsSequence, strict=True):
        place = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
        ijk = geometry.to_ijk(place, "lps")
        np.testing.assert_allclose(ijk, np.round(ijk), atol=1e-3)
        owner = group if "SegmentIdentificationSequence" in group else shared
        number = owner.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        labels[round(ijk[2])][frame > 0] = label[number]
    return labels


def _label(description: str) -> int:
    return int(re.search(r"\(label (\d+)\)$", description).group(1))


def _check_pixels(shared: pydicom.Dataset, geometry: Geometry) -> None:
    rows, columns = shared.PixelMeasuresSequence[0].PixelSpacing
    axes = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float).reshape(2, 3).T
    np.testing.assert_allclose(axes * (columns, rows), geometry.ijk_to_lps[:3, :2], atol=1e-5)
