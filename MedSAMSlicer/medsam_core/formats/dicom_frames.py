"""Where the frames of DICOM images lie in the patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import OutputError

if TYPE_CHECKING:
    import pydicom


@dataclass(frozen=True, eq=False)
class FramePlace:
    """A frame.

    Attributes:
        position_lps_mm: (3,) centre of the first pixel, exactly as the header has it.
        steps_lps_mm: (3, 2) the steps to the next column and to the next row.
        rows, columns: of pixels.
    """

    position_lps_mm: np.ndarray
    steps_lps_mm: np.ndarray
    rows: int
    columns: int


def frame_places(headers: Sequence[pydicom.Dataset], target: object) -> list[FramePlace]:
    """The frames of all headers, in order.

    Raises:
        OutputError: a frame is not placed in the patient.
    """
    try:
        return [place for header in headers for place in _places(header)]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        problem = "its source images are not placed in the patient"
        raise OutputError(target, problem, "write .seg.nrrd, which needs no images") from error


def _places(header: pydicom.Dataset) -> Iterator[FramePlace]:
    frames = int(header.get("NumberOfFrames") or 1)
    groups = header.get("PerFrameFunctionalGroupsSequence")
    if frames > 1 and not groups:
        raise ValueError("frames without places")
    if not groups:
        yield _place(header, header.ImagePositionPatient, header.ImageOrientationPatient, header.PixelSpacing)
        return
    shared = header.SharedFunctionalGroupsSequence[0]
    for group in groups:
        yield _place(
            header,
            _item(group, shared, "PlanePositionSequence").ImagePositionPatient,
            _item(group, shared, "PlaneOrientationSequence").ImageOrientationPatient,
            _item(group, shared, "PixelMeasuresSequence").PixelSpacing,
        )


def _item(group: pydicom.Dataset, shared: pydicom.Dataset, name: str) -> pydicom.Dataset:
    return (group if name in group else shared)[name].value[0]


def _place(header: pydicom.Dataset, position: object, orientation: object, spacing: object) -> FramePlace:
    axes = np.array(orientation, dtype=np.float64).reshape(2, 3).T
    between_rows, between_columns = (float(value) for value in spacing)  # type: ignore[attr-defined]
    first = np.array(position, dtype=np.float64).reshape(3)
    if not (np.isfinite(axes).all() and np.isfinite(first).all()):
        raise ValueError("not finite")
    return FramePlace(first, axes * (between_columns, between_rows), int(header.Rows), int(header.Columns))
