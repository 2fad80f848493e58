"""The images of a DICOM series in their order, and the grid they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.formats.dicom_image import DicomImage
from medsam_core.formats.dicom_series import DicomSeries
from medsam_core.formats.header_checks import choose_frame

_SAME_PLACE_MM = 1e-3
# Largest over smallest distance between slices: up to where it is rounding, from where one is missing.
_EVEN = 1.01
_MISSING = 1.5
# A step this much (as a part of its length) off the normal is a tilted gantry, not rounding in the header.
_TILT = 1e-3


@dataclass(frozen=True, eq=False)
class DicomStack:
    """Images from the first slice to the last, the (4, 4) matrix of their grid, and remarks."""

    images: tuple[DicomImage, ...]
    ijk_to_lps: np.ndarray
    notes: tuple[str, ...] = ()


def stack_of(path: Path, series: DicomSeries, frame: int | None) -> DicomStack:
    """Put the images of a series into order.

    Raises:
        VolumeError: slices are missing, or there are several images at a place and ``frame`` chooses none.
    """
    images = series.images
    if len(images) == 1:
        choose_frame(path, 1, frame)
        return DicomStack(images, _matrix(images[0], images[0].axes_lps_mm[:, 2]))
    if images[0].size[2] > 1:
        problem = f"its series has {len(images)} files of {images[0].size[2]} frames each"
        raise VolumeError(path, problem, f"give one of the files, such as {images[0].path.name}")
    if any(image.origin_lps_mm is None for image in images):
        return _unplaced(path, images, frame)
    chosen = _one_per_place(path, images, frame)
    step, notes = _step(path, chosen)
    return DicomStack(chosen, _matrix(chosen[0], step), notes)


def _matrix(image: DicomImage, step: np.ndarray) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :2] = image.axes_lps_mm[:, :2]
    matrix[:3, 2] = step
    matrix[:3, 3] = _origin(image)
    return matrix


def _unplaced(path: Path, images: tuple[DicomImage, ...], frame: int | None) -> DicomStack:
    choose_frame(path, 1, frame)
    ordered = tuple(sorted(images, key=lambda image: (image.order, image.path)))
    note = "The DICOM headers do not place the images; they are stacked by number, 1 mm apart."
    return DicomStack(ordered, _matrix(ordered[0], ordered[0].axes_lps_mm[:, 2]), (note,))


def _one_per_place(path: Path, images: tuple[DicomImage, ...], frame: int | None) -> tuple[DicomImage, ...]:
    """Images sorted by place along the normal; of several at one place the ``frame``-th."""
    places = _places(images)
    counts = sorted({len(place) for place in places})
    if len(counts) > 1:
        problem = f"its series has {counts[0]} images at some places and {counts[-1]} at others"
        raise VolumeError(path, problem, "export the series again, complete")
    index = choose_frame(path, counts[0], frame)
    return tuple(place[index] for place in places)


def _places(images: Iterable[DicomImage]) -> list[list[DicomImage]]:
    heights = sorted(
        ((_height(image), image.order, str(image.path), image) for image in images), key=lambda t: t[:3]
    )
    places: list[list[DicomImage]] = []
    last = -np.inf
    for height, _, _, image in heights:
        if height - last > _SAME_PLACE_MM:
            places.append([])
            last = height
        places[-1].append(image)
    return [sorted(place, key=lambda image: (image.order, image.path)) for place in places]


def _height(image: DicomImage) -> float:
    return float(_origin(image) @ image.axes_lps_mm[:, 2])


def _origin(image: DicomImage) -> np.ndarray:
    return np.zeros(3) if image.origin_lps_mm is None else image.origin_lps_mm


def _step(path: Path, images: tuple[DicomImage, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The vector from a slice to the next, and remarks on how even the slices are."""
    first, last = images[0], images[-1]
    normal = first.axes_lps_mm[:, 2]
    if len(images) == 1:
        return normal, ()
    gaps = np.diff([_height(image) for image in images])
    if gaps.max() > _MISSING * gaps.min():
        problem = f"its slices lie {gaps.min():.3g} to {gaps.max():.3g} mm apart: slices are missing"
        raise VolumeError(path, problem, "export the whole series, or resample it to even slices first")
    notes = []
    if gaps.max() > _EVEN * gaps.min():
        notes.append(f"Slices lie {gaps.min():.3g} to {gaps.max():.3g} mm apart; they are taken as even.")
    step = (_origin(last) - _origin(first)) / (len(images) - 1)
    straight = normal * (step @ normal)
    if np.linalg.norm(step - straight) <= _TILT * np.linalg.norm(step):
        return straight, tuple(notes)
    return step, (*notes, "The slices are tilted against their stacking (gantry tilt); the shear is kept.")
