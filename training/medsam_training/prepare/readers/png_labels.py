"""Label maps as PNG."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from medsam_core.errors import VolumeError
from medsam_core.formats.image_reader import check_pixels
from medsam_core.volume import Volume
from medsam_training.prepare.errors import CaseError
from medsam_training.prepare.readers.mask import Mask, whole_labels

# What Pillow raises on damaged files.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
_NUMBERS = ("L", "P", "I", "I;16", "I;16B", "I;16L")  # P: a palette's colours are for show, its indices count


def read_png_labels(path: Path, image: Volume) -> Mask:
    """The numbers of a PNG, palettes by index; grey saved as colour is taken as grey.

    Raises:
        CaseError: it has colours, or is damaged or too large.
    """
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            check_pixels(path, picture.size)
            values = np.array(picture) if picture.mode in _NUMBERS else _grey(path, picture)
    except (FileNotFoundError, PermissionError):
        raise
    except _DAMAGE as error:
        raise CaseError(path, "is no PNG, or cut off or damaged", "copy or save it again") from error
    except VolumeError as error:
        raise CaseError(path, error.problem, error.remedy) from error
    return Mask(whole_labels(path, values[None]), None)


def _grey(path: Path, picture: Image.Image) -> np.ndarray:
    if picture.mode == "1":
        return np.array(picture).astype(np.uint8)
    colours = np.array(picture.convert("RGB"))
    if np.array_equal(colours[..., 0], colours[..., 1]) and np.array_equal(colours[..., 0], colours[..., 2]):
        return colours[..., 0]
    raise CaseError(path, "is a colour picture", "give a mask with one number for each pixel")
