"""The images that a DICOM segmentation refers to: slice by slice, and really where the labels are."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import OutputError, VolumeError
from medsam_core.formats.dicom_frames import FramePlace, frame_places
from medsam_core.formats.dicom_identity import complete
from medsam_core.formats.dicom_image import read_dicom_image
from medsam_core.formats.dicom_library import check_dicom_library
from medsam_core.formats.dicom_series import DicomSeries, find_series
from medsam_core.formats.dicom_stack import stack_of
from medsam_core.formats.native_stderr import native_stderr_silenced
from medsam_core.geometry import Geometry, swap_ras_lps
from medsam_core.volume import Volume

if TYPE_CHECKING:
    import pydicom

Source = Volume | str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

# Slices that lie a little unevenly are taken as even by the reader; each still has to lie in its own place.
_OFF_ALONG_STACK = 0.5
_OFF_IN_SLICE = 0.05
_TURNED = 1e-3
# highdicom 0.28 packs smaller frames to a byte each, which no reader expects.
_FEWEST_PIXELS = 8
_ELSEWHERE = "write .seg.nrrd, which needs no images"


@dataclass(frozen=True, eq=False)
class SegSource:
    """Headers of the images, one per slice (or one of all slices), complete enough to be referred to.

    Attributes:
        headers: without pixels, in the order of the slices.
    """

    headers: tuple[pydicom.Dataset, ...]

    @classmethod
    def of(cls, source: Source | None, grid: Geometry, target: object) -> SegSource:
        """Find and check the images of a grid.

        Args:
            source: the volume as it was read from DICOM; its folder; or its files in any order.
            grid: of the labels.
            target: what to call the output in an error.

        Raises:
            OutputError: the DICOM libraries are missing, there are no DICOM images, none or several series
                have this grid, or the images are not placed in the patient.
        """
        check_dicom_library(target)
        if grid.size_ijk[0] * grid.size_ijk[1] < _FEWEST_PIXELS:
            raise OutputError(target, "its slices have fewer than 8 pixels", _ELSEWHERE)
        files = _files(source, grid, target)
        headers = complete([_header(path, target) for path in files], target)
        places = frame_places(headers, target)
        _check_places(places, grid, target)
        _make_even(headers, grid)
        return cls(tuple(headers))


def _files(source: Source | None, grid: Geometry, target: object) -> tuple[Path, ...]:
    if isinstance(source, Volume):
        if source.files:
            return source.files
        came = f"came from {source.source.name}" if source.source else "came from no file"
        problem = f"a DICOM segmentation refers to DICOM images, and this image {came}"
        raise OutputError(target, problem, _ELSEWHERE)
    if source is None:
        remedy = "give source=, the volume or the folder of its images"
        raise OutputError(target, "a DICOM segmentation refers to DICOM images", remedy)
    with native_stderr_silenced():
        return _fitting(list(_series(source, target)), grid, target)


def _series(source: object, target: object) -> Iterator[DicomSeries]:
    """The series of a folder, of a file or of a list of files."""
    try:
        if isinstance(source, str | os.PathLike):
            folder = Path(source)
            if folder.is_dir():
                yield from find_series(folder)
                return
            source = [folder]
        paths = [Path(path) for path in source]  # type: ignore[attr-defined]
        images = [read_dicom_image(path) for path in paths]
    except (VolumeError, OSError) as error:
        reason = error.problem if isinstance(error, VolumeError) else error.strerror or type(error).__name__
        raise OutputError(target, f"its source images cannot be used ({reason})", _ELSEWHERE) from error
    damaged = next((path for path, image in zip(paths, images, strict=True) if image is None), None)
    if damaged is not None or not images:
        problem = f"{damaged} is no DICOM image" if damaged else "the list of source images is empty"
        raise OutputError(target, problem, "give the images of the volume")
    yield DicomSeries(tuple(image for image in images if image is not None))


def _fitting(series: list[DicomSeries], grid: Geometry, target: object) -> tuple[Path, ...]:
    """The files of the one series that makes this grid."""
    found = [files for one in series if (files := _stacked(one, grid)) is not None]
    if len(found) == 1:
        return found[0]
    if found:
        problem = f"{len(found)} series of its source have the grid of the labels"
        raise OutputError(target, problem, "give the volume that was segmented, or the list of its files")
    raise OutputError(target, "no series of its source has the grid of the labels", _ELSEWHERE)


def _stacked(series: DicomSeries, grid: Geometry) -> tuple[Path, ...] | None:
    try:
        stack = stack_of(series.images[0].path, series, None)
    except VolumeError:
        return None
    columns, rows, frames = stack.images[0].size
    size = (columns, rows, frames * len(stack.images))
    if not Geometry(size, swap_ras_lps(stack.ijk_to_lps)).agrees_with(grid):
        return None
    return tuple(image.path for image in stack.images)


def _header(path: Path, target: object) -> pydicom.Dataset:
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        return pydicom.dcmread(path, stop_before_pixels=True)
    except (InvalidDicomError, OSError, ValueError, KeyError, EOFError, struct.error) as error:
        problem = f"the header of {path.name} cannot be read ({str(error)[:100] or type(error).__name__})"
        raise OutputError(target, problem, _ELSEWHERE) from error


def _check_places(places: Sequence[FramePlace], grid: Geometry, target: object) -> None:
    """Refuse headers that put the slices anywhere but where the labels are."""
    if len(places) != grid.size_ijk[2]:
        problem = f"its source has {len(places)} images, the labels have {grid.size_ijk[2]} slices"
        raise OutputError(target, problem, "give the images of the volume that was segmented")
    seen = grid.to_ijk(np.array([place.position_lps_mm for place in places]), "lps")
    off = np.abs(seen - [(0, 0, k) for k in range(len(places))])
    axes = grid.ijk_to_lps[:3, :2]
    turned = max(np.abs(place.steps_lps_mm - axes).max() for place in places) / min(grid.spacing_mm[:2])
    if off[:, :2].max() > _OFF_IN_SLICE or off[:, 2].max() > _OFF_ALONG_STACK or turned > _TURNED:
        problem = "its source images do not lie where the labels are"
        raise OutputError(target, problem, "give the images of the volume that was segmented")
    if any((place.rows, place.columns) != grid.shape_kji[1:] for place in places):
        problem = "its source images have another size than the labels"
        raise OutputError(target, problem, "give the images of the volume that was segmented")


def _make_even(headers: Sequence[pydicom.Dataset], grid: Geometry) -> None:
    """Give single images one orientation to the last digit, and a thickness; distances follow from places."""
    i, j, k = grid.ijk_to_lps[:3, :3].T
    normal = np.cross(i, j) / np.linalg.norm(np.cross(i, j))
    for header in headers:
        if "ImageOrientationPatient" in header:
            header.ImageOrientationPatient = headers[0].ImageOrientationPatient
            header.SliceThickness = header.get("SliceThickness") or f"{abs(k @ normal):.8g}"
            header.pop("SpacingBetweenSlices", None)
