"""The resizes of the published networks, one row each, exact on 8-bit pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from medsam_core.inference.axis_filters import bilinear_antialias, cubic_zoom
from medsam_core.inference.axis_matrix import AxisMatrix, AxisMatrixCache
from medsam_core.inference.presets import Interpolation
from medsam_core.inference.resize_area import resize_area
from medsam_core.inference.resize_cubic import resize_cubic, resize_cubic_float

_matrices = AxisMatrixCache(16 << 20)


def resize(image: np.ndarray, size_yx: tuple[int, int], interpolation: Interpolation) -> np.ndarray:
    """Resize one picture.

    Args:
        image: (y, x) or (y, x, 3) uint8; NDIMAGE_CUBIC also takes float64.
        size_yx: rows and columns wanted, each at least 1.
        interpolation: whose arithmetic.

    Returns:
        (y, x) or (y, x, 3), uint8, or floating for the rows that do not truncate. A grey picture may come
        back as (y, x, 3) where the published code lets its three channels differ (`resize_cubic`).
    """
    return _RESIZES[interpolation](image, size_yx)


def _pil_bilinear(image: np.ndarray, size_yx: tuple[int, int]) -> np.ndarray:
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize(size_yx[::-1], Image.Resampling.BILINEAR))


def _cv_nearest(image: np.ndarray, size_yx: tuple[int, int]) -> np.ndarray:
    y, x = (
        np.minimum(np.floor(np.arange(new) * (1.0 / (new / old))).astype(np.int64), old - 1)
        for old, new in zip(image.shape[:2], size_yx, strict=True)
    )
    return image[y[:, None], x]


def _ndimage_cubic(image: np.ndarray, size_yx: tuple[int, int]) -> np.ndarray:
    return _by_matrices(cubic_zoom, image.astype(np.float64), size_yx)


def _torch_bilinear(image: np.ndarray, size_yx: tuple[int, int]) -> np.ndarray:
    return _by_matrices(bilinear_antialias, image.astype(np.float32), size_yx)


def _by_matrices(
    build: Callable[[int, int], AxisMatrix], image: np.ndarray, size_yx: tuple[int, int]
) -> np.ndarray:
    rows, columns = (
        _matrices.get(build, old, new) for old, new in zip(image.shape[:2], size_yx, strict=True)
    )
    planes = np.moveaxis(np.atleast_3d(image), -1, 0)
    return np.moveaxis(columns.columns(rows.rows(planes)), 0, -1).reshape(*size_yx, *image.shape[2:])


_RESIZES: dict[Interpolation, Callable[[np.ndarray, tuple[int, int]], np.ndarray]] = {
    Interpolation.SKIMAGE_CUBIC: resize_cubic,
    Interpolation.SKIMAGE_CUBIC_FLOAT: resize_cubic_float,
    Interpolation.PIL_BILINEAR: _pil_bilinear,
    Interpolation.CV_AREA: resize_area,
    Interpolation.CV_NEAREST: _cv_nearest,
    Interpolation.NDIMAGE_CUBIC: _ndimage_cubic,
    Interpolation.TORCH_BILINEAR: _torch_bilinear,
}
