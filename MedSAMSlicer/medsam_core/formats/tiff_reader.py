"""TIFF pictures and stacks."""

from __future__ import annotations

import logging
import math
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image, ImageSequence

from medsam_core.errors import VolumeError
from medsam_core.formats.byte_stream import damaged
from medsam_core.formats.header_checks import (
    check_claim,
    check_memory,
    choose_frame,
    grey_or_colour,
    refuse_series,
    unpacked_limit,
)
from medsam_core.formats.image_reader import check_pixels, pixels_of, volume_of_picture
from medsam_core.formats.native_stderr import native_stderr_silenced
from medsam_core.volume import Volume

_MM_PER_UNIT = {2: 25.4, 3: 10.0}  # TIFF 6.0: inch, cm
_SAMPLES = "S"
_FAX = (2, 3, 4)  # CCITT compression of single bits shrinks blank pages without bound
# What tifffile and Pillow run into on damaged files (found by flipping bytes).
_DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)


def read_tiff(path: Path, *, frame: int | None = None, series: str | None = None) -> Volume:
    """Read a TIFF picture, or a stack of equal pages as a volume with slices 1 mm apart.

    A file with a further axis (ImageJ's or OME's channels, time points) is 4D: ``frame`` chooses along it.
    Pages of other sizes than the first (thumbnails, labels, pyramid levels) are left out. Pixel size and
    place are those ITK gives, see ``read_image``.

    Args:
        path: the picture.
        frame: which channel or time point, from 0.
        series: must be None.

    Raises:
        VolumeError: no TIFF, damaged, too large, an unknown compression, or 4D without ``frame``.
    """
    refuse_series(path, series)
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # it would print what it also raises
    try:
        with tifffile.TiffFile(path) as file:
            pages = file.series[0]
            axes, shape = pages.axes, pages.shape
            check_pixels(path, (shape[axes.index("X")], shape[axes.index("Y")]))
            _check_stored(path, pages)
            pixels = _one_frame(path, _decoded(path, pages, shape), axes, frame)
            return volume_of_picture(path, _visible(pixels, pages.keyframe), _spacing(pages.keyframe))
    except tifffile.TiffFileError as error:
        problem = "is no TIFF picture, or cut off"
        raise VolumeError(path, problem, "copy it again or give it its right suffix") from error
    except _DAMAGE as error:
        raise damaged(path) from error


def _check_stored(path: Path, pages: tifffile.TiffPageSeries) -> None:
    page = pages.keyframe
    compressed = page.compression != tifffile.COMPRESSION.NONE
    if len(page.dataoffsets) < math.prod(page.chunked):  # tifffile would make up millions of missing strips
        raise damaged(path)
    held = unpacked_limit(path.stat().st_size, compressed=compressed)
    if pages.dtype != bool:
        check_claim(path, pages.shape, pages.dtype.itemsize, held)
    elif page.compression not in _FAX:
        check_claim(path, pages.shape, 1, 8 * held)
    check_memory(path, pages.shape, pages.dtype.itemsize)


def _decoded(path: Path, pages: tifffile.TiffPageSeries, shape: tuple[int, ...]) -> np.ndarray:
    """The values by tifffile, or by Pillow's libtiff where tifffile lacks the compression (LZW, JPEG)."""
    try:
        return pages.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
    silence = warnings.catch_warnings(action="ignore")  # Pillow warns while it opens a damaged file
    with silence, native_stderr_silenced(), Image.open(path, formats=("TIFF",)) as picture:
        decoded = [pixels_of(page) for page in ImageSequence.Iterator(picture)]
    values = np.stack(decoded[: max(1, len(pages.pages))])
    if values.size != np.prod(shape):
        problem = "is compressed in a way that cannot be read here"
        raise VolumeError(path, problem, "save it uncompressed or as PNG")
    return values.reshape(shape)


def _one_frame(path: Path, values: np.ndarray, axes: str, frame: int | None) -> np.ndarray:
    """(y, x), (k, y, x) or either with 3 colours, of the chosen frame."""
    others = [n for n, axis in enumerate(axes) if axis not in "YXS"]
    order = [
        *others,
        axes.index("Y"),
        axes.index("X"),
        *(n for n, axis in enumerate(axes) if axis == _SAMPLES),
    ]
    values = values.transpose(order)
    if _SAMPLES in axes:
        values = grey_or_colour(path, values)
    depth = [n for n in others if axes[n] not in "CT"][-1:] or others[:1]
    frames = [others.index(n) for n in others if n not in depth]
    values = np.moveaxis(values, frames, range(len(frames)))
    stacked = values.reshape(-1, *values.shape[len(frames) :])
    return stacked[choose_frame(path, len(stacked), frame)]


def _visible(pixels: np.ndarray, page: tifffile.TiffPage) -> np.ndarray:
    """Brightness as a viewer shows it: palette colours, white-is-zero turned round, one bit as 0 and 255."""
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE and page.colormap is not None:
        return (page.colormap.T[pixels] >> 8).astype(np.uint8)
    if pixels.dtype == bool:
        pixels = pixels.astype(np.uint8) * 255
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE and pixels.dtype.kind == "u":
        return np.iinfo(pixels.dtype).max - pixels
    return pixels


def _spacing(page: tifffile.TiffPage) -> tuple[float, float]:
    tags = page.tags
    unit = _MM_PER_UNIT.get(int(tags["ResolutionUnit"].value)) if "ResolutionUnit" in tags else None
    if unit is None or "XResolution" not in tags or "YResolution" not in tags:
        return 1.0, 1.0
    x, y = (tags[name].value for name in ("XResolution", "YResolution"))
    if min(*x, *y) <= 0:
        return 1.0, 1.0
    return unit * x[1] / x[0], unit * y[1] / y[0]
