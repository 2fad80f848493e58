"""What one DICOM file says of its image."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK

from medsam_core.formats.dicom_lengths import lengths_fit

_GDCM = "GDCMImageIO"


@dataclass(frozen=True, eq=False)
class DicomImage:
    """One file's header.

    Attributes:
        path: the file.
        series_uid, series_number, description, modality: of its series; "" where the header is silent.
        instance_uid: the image's own UID.
        order: what tells images at one place apart, in order: temporal position, acquisition, instance.
        size: columns, rows, frames.
        components: 1, or 3 for colours.
        bits: allocated for a stored value.
        samples: stored values in a pixel (a palette's one index makes three components).
        origin_lps_mm: (3,) centre of the first voxel, or None if the header does not place the image.
        axes_lps_mm: (3, 3) columns: the steps of i and j, and a normal of 1 mm (several frames: of k's step).
    """

    path: Path
    series_uid: str
    series_number: int
    description: str
    modality: str
    instance_uid: str
    order: tuple[int, int, int]
    size: tuple[int, int, int]
    components: int
    bits: int
    samples: int
    origin_lps_mm: np.ndarray | None
    axes_lps_mm: np.ndarray

    @property
    def layout(self) -> tuple[object, ...]:
        """What images of one stack share: series, size, components and orientation (to a thousandth)."""
        axes = tuple(np.round(self.axes_lps_mm, 3).ravel().tolist())
        return (self.series_uid, self.size, self.components, axes)


def read_dicom_image(path: Path) -> DicomImage | None:
    """The header of a DICOM file, or None if it holds no image, or none that GDCM can safely read.

    Raises:
        OSError: from the file system.
    """
    if not lengths_fit(path):
        return None
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO(_GDCM)
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return None
    columns, rows, *frames = reader.GetSize()
    axes = np.asarray(reader.GetDirection(), dtype=np.float64).reshape(len(frames) + 2, -1)
    if not frames:
        axes = np.block([[axes, np.zeros((2, 1))], [np.zeros((1, 2)), np.ones((1, 1))]])
    count = int(np.prod(frames, dtype=np.int64))
    spacing = np.array([*reader.GetSpacing()[:2], reader.GetSpacing()[2] if count > 1 else 1.0])
    placed = reader.HasMetaDataKey("0020|0032") or count > 1
    return DicomImage(
        path=path,
        series_uid=_text(reader, "0020|000e"),
        series_number=_number(reader, "0020|0011"),
        description=_text(reader, "0008|103e"),
        modality=_text(reader, "0008|0060"),
        instance_uid=_text(reader, "0008|0018"),
        order=(_number(reader, "0020|0100"), _number(reader, "0020|0012"), _number(reader, "0020|0013")),
        size=(columns, rows, count),
        components=reader.GetNumberOfComponents(),
        bits=_number(reader, "0028|0100"),
        samples=_number(reader, "0028|0002"),
        origin_lps_mm=np.array(reader.GetOrigin(), dtype=np.float64) if placed else None,
        axes_lps_mm=axes * spacing,
    )


def read_dicom_pixels(path: Path) -> np.ndarray:
    """The values of a file as (k, j, i) or (k, j, i, c), rescaled as its header says.

    Raises:
        RuntimeError: from GDCM, if it cannot decode them.
    """
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path), imageIO=_GDCM))


def _text(reader: SimpleITK.ImageFileReader, key: str) -> str:
    if not reader.HasMetaDataKey(key):
        return ""
    raw = reader.GetMetaData(key).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(raw.replace("\0", " ").split())


def _number(reader: SimpleITK.ImageFileReader, key: str) -> int:
    with contextlib.suppress(ValueError):
        return int(_text(reader, key))
    return 0
