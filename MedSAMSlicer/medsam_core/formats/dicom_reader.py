"""DICOM volumes: a folder with a series of images, or one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.formats.byte_stream import damaged
from medsam_core.formats.dicom_file_meta import read_file_meta
from medsam_core.formats.dicom_image import DicomImage, read_dicom_image, read_dicom_pixels
from medsam_core.formats.dicom_series import DicomSeries, choose_series, find_series
from medsam_core.formats.dicom_stack import DicomStack, stack_of
from medsam_core.formats.header_checks import (
    check_claim,
    check_memory,
    geometry_of,
    grey_or_colour,
    refuse_series,
)
from medsam_core.formats.native_stderr import native_stderr_silenced
from medsam_core.geometry import swap_ras_lps
from medsam_core.volume import Volume

_BYTES_PER_VALUE = 4  # GDCM widens values to fit the rescaled range; CT and MR stay at 2


def read_dicom_folder(path: Path, *, frame: int | None = None, series: str | None = None) -> Volume:
    """Read a series from a folder (and the folders below).

    Slices are sorted by their place along the normal. The step from slice to slice is that from the first to
    the last place, so a tilted gantry gives a sheared geometry. Images at equal places (time points, echoes)
    make the series 4D.

    Args:
        path: the folder.
        frame: which of the images at each place, from 0.
        series: which series, see ``choose_series``; None if there is one only.

    Raises:
        VolumeError: no images, several series and no choice, a slice missing, or an image that is damaged.
    """
    with native_stderr_silenced():
        chosen = choose_series(path, find_series(path), series)
        return _volume(path, chosen, stack_of(path, chosen, frame))


def read_dicom_file(path: Path, *, frame: int | None = None, series: str | None = None) -> Volume:
    """Read one DICOM file: one slice, or as many as it has frames.

    Raises:
        VolumeError: it holds no image or cannot be decoded.
    """
    refuse_series(path, series)
    with native_stderr_silenced():
        image = read_dicom_image(path)
        if image is None:
            raise VolumeError(path, "holds no DICOM image, or is cut off", "give a DICOM image or its folder")
        one = DicomSeries((image,))
        return _volume(path, one, stack_of(path, one, frame))


def _volume(path: Path, series: DicomSeries, stack: DicomStack) -> Volume:
    first = stack.images[0]
    columns, rows, frames = first.size
    size = (columns, rows, frames * len(stack.images))
    for image in stack.images:
        _check_stored(image)
    check_memory(path, (*size, first.components), _BYTES_PER_VALUE)
    return Volume(
        _values(stack.images),
        geometry_of(path, size, swap_ras_lps(stack.ijk_to_lps)),
        modality=first.modality or None,
        name=series.images[0].description,
        source=path,
        notes=stack.notes,
        files=tuple(image.path for image in stack.images),
    )


def _check_stored(image: DicomImage) -> None:
    """Refuse pixels that an uncompressed file cannot hold; compressed ones have no useful bound."""
    meta = read_file_meta(image.path)
    if meta is not None and meta.is_uncompressed:
        check_claim(
            image.path, (*image.size, max(1, image.samples)), image.bits // 8, image.path.stat().st_size
        )


def _values(images: tuple[DicomImage, ...]) -> np.ndarray:
    """(k, j, i) or (k, j, i, 3) values of all images, in the widest of their number types."""
    first = _pixels(images[0])
    depth = len(first)
    values = np.empty((len(images) * depth, *first.shape[1:]), first.dtype)
    values[:depth] = first
    for n, image in enumerate(images[1:], 1):
        slices = _pixels(image)
        values = values.astype(np.promote_types(values.dtype, slices.dtype), copy=False)
        values[n * depth : (n + 1) * depth] = slices
    return values


def _pixels(image: DicomImage) -> np.ndarray:
    try:
        pixels = read_dicom_pixels(image.path)
    except RuntimeError as error:
        raise damaged(image.path) from error
    columns, rows, frames = image.size
    colours = pixels.reshape(frames, rows, columns, -1)
    return grey_or_colour(image.path, colours)
