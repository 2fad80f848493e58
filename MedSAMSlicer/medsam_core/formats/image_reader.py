"""2D pictures: PNG and JPEG."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import SimpleITK
from PIL import Image, UnidentifiedImageError

from medsam_core.errors import VolumeError
from medsam_core.formats.byte_stream import damaged
from medsam_core.formats.header_checks import (
    check_memory,
    choose_frame,
    geometry_of,
    grey_or_colour,
    refuse_series,
)
from medsam_core.formats.native_stderr import native_stderr_silenced
from medsam_core.volume import Volume

# The most pixels of a picture: twice Pillow's own warning level, where Pillow refuses too.
MAX_PIXELS = 178_956_970

_MM_PER_UNIT = {1: 25.4, 2: 10.0}  # JFIF: dots per inch, per cm
_GREY_MODES = ("L", "F", "I", "I;16", "I;16L", "I;16B", "I;16N")
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read_image(path: Path, *, frame: int | None = None, series: str | None = None) -> Volume:
    """Read a PNG or JPEG picture as one slice.

    Pixels stay as they are stored: an EXIF orientation is not applied, since a mask is drawn on stored
    pixels. Palettes become RGB, alpha is dropped, 16 bits stay 16 bits. Column 0, row 0 lies at the origin,
    columns go left and rows go posterior, and a pixel is 1 mm wide unless a JPEG states a resolution: as
    ITK, and so 3D Slicer, places such pictures.

    Args:
        path: the picture.
        frame: None or 0.
        series: must be None.

    Raises:
        VolumeError: no picture, damaged, or of more pixels than ``MAX_PIXELS``.
    """
    refuse_series(path, series)
    choose_frame(path, 1, frame)
    with _pillow_errors(path), Image.open(path, formats=("PNG", "JPEG")) as picture:
        check_pixels(path, picture.size)
        check_memory(path, (*picture.size, len(picture.getbands())), 2)
        spacing = _spacing(picture)
        pixels = _deep_colours(path) if _loses_bits(path) else pixels_of(picture)
    return volume_of_picture(path, pixels, spacing)


def volume_of_picture(path: Path, pixels: np.ndarray, spacing: tuple[float, float]) -> Volume:
    """A volume from (y, x) or (y, x, 3) pixels, or a (k, y, x[, 3]) stack of them, and their size in mm."""
    matrix = np.diag([-spacing[0], -spacing[1], 1.0, 1.0])
    stack = pixels[None] if pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] == 3) else pixels
    geometry = geometry_of(path, stack.shape[2::-1], matrix)
    return Volume(stack, geometry, source=path)


def pixels_of(picture: Image.Image) -> np.ndarray:
    """(y, x) or (y, x, 3) values of a picture in any of Pillow's modes."""
    if picture.mode in _GREY_MODES:
        return np.array(picture)
    if picture.mode in ("1", "LA", "La"):
        return np.array(picture.convert("L"))
    return np.array(picture.convert("RGB"))


def check_pixels(path: Path, size: tuple[int, int]) -> None:
    """Refuse pictures of more than ``MAX_PIXELS``."""
    if size[0] * size[1] > MAX_PIXELS:
        problem = f"is too large: {size[0]} x {size[1]} pixels, the limit is {MAX_PIXELS}"
        raise VolumeError(path, problem, "crop or shrink it")


def _spacing(picture: Image.Image) -> tuple[float, float]:
    unit = _MM_PER_UNIT.get(picture.info.get("jfif_unit", 0))
    density = picture.info.get("jfif_density", (0, 0))
    if unit is None or min(density) <= 0:
        return 1.0, 1.0
    return unit / density[0], unit / density[1]


def _loses_bits(path: Path) -> bool:
    """Whether this is a PNG of 16 bits that is not plain grey: Pillow would cut its values to 8 bits."""
    with path.open("rb") as stream:
        head = stream.read(26)
    return head.startswith(_PNG_SIGNATURE) and head[24] == 16 and head[25] != 0


def _deep_colours(path: Path) -> np.ndarray:
    with native_stderr_silenced():
        picture = SimpleITK.ReadImage(str(path), imageIO="PNGImageIO")
    pixels = SimpleITK.GetArrayFromImage(picture)
    return grey_or_colour(path, pixels) if pixels.ndim == 3 else pixels


@contextmanager
def _pillow_errors(path: Path) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError as error:
        raise VolumeError(
            path, "is no PNG or JPEG picture", "give the image under its right suffix"
        ) from error
    except Image.DecompressionBombError as error:
        problem = f"is too large: more than {MAX_PIXELS} pixels"
        raise VolumeError(path, problem, "crop or shrink it") from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        RuntimeError,
    ) as error:  # what Pillow's and ITK's decoders raise
        raise damaged(path) from error
