"""From a slice of 8-bit pixels to the network's input."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.presets import Normalisation, Preset
from medsam_core.inference.resize import resize


def prepare_image(image: np.ndarray, preset: Preset) -> np.ndarray:
    """Resize, normalise and pad a slice as the preset's publication does.

    Args:
        image: (y, x) or (y, x, 3) uint8; a grey one counts as three equal channels.
        preset: whose steps.

    Returns:
        (3, image_size, image_size) float32.
    """
    out = np.zeros((3, preset.image_size, preset.image_size), np.float32)
    _prepare_into(out, image, preset)
    return out


def prepare_images(images: Sequence[np.ndarray], preset: Preset) -> np.ndarray:
    """Prepare several slices side by side: (b, 3, image_size, image_size) float32.

    A GPU encodes a slice in the time that one core prepares it in; the work is in numpy, which lets other
    threads run.
    """
    out = np.zeros((len(images), 3, preset.image_size, preset.image_size), np.float32)
    if len(images) == 1:
        _prepare_into(out[0], images[0], preset)
        return out
    with ThreadPoolExecutor(min(len(images), os.cpu_count() or 1)) as pool:
        list(pool.map(_prepare_into, out, images, repeat(preset)))
    return out


def _prepare_into(out: np.ndarray, image: np.ndarray, preset: Preset) -> None:
    frame = ImageFrame.of(image.shape[:2], preset)
    if preset.via_size is not None:
        image = resize(image, (preset.via_size, preset.via_size), preset.interpolation)
    resized = resize(image, frame.resized_yx, preset.interpolation)
    rows, columns = frame.resized_yx
    _normalise_into(out[:, :rows, :columns], resized, preset.normalisation)


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Bring a picture of any number type to (y, x) or (y, x, 3) uint8.

    8-bit pixels stay; anything else has its finite range mapped to 0..255 and truncated, as MedSAM does
    with a volume. NaN counts as the lowest value. A fourth channel (alpha) is dropped.

    Raises:
        VolumeError: not a picture of numbers.
    """
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    is_picture = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4))
    if not is_picture or image.size == 0 or image.dtype.kind not in "buif":
        found = f"an array of shape {image.shape} and type {image.dtype}"
        raise VolumeError(
            "image", f"{found} is not a picture", "pass numbers as (y, x), (y, x, 3) or (y, x, 4)"
        )
    if image.ndim == 3:
        image = image[..., :3]
    return np.ascontiguousarray(image if image.dtype == np.uint8 else _rescale(image))


def _rescale(image: np.ndarray) -> np.ndarray:
    values = image.astype(np.float64)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        raise VolumeError("image", "has no finite pixel", "check the file or the computation that made it")
    low, high = finite.min(), finite.max()
    if low == high:
        return np.zeros(image.shape, np.uint8)
    values = np.clip(np.nan_to_num(values, nan=low, posinf=high, neginf=low), low, high)
    # Halved first: the range of the largest doubles would overflow.
    return ((values / 2 - low / 2) / (high / 2 - low / 2) * 255).astype(np.uint8)


def _normalise_into(out: np.ndarray, resized: np.ndarray, steps: Normalisation) -> None:
    """Write the normalised picture, (y, x) or (y, x, 3), into (3, y, x)."""
    low, high = resized.min(), resized.max()
    for channel in range(3):
        plane = resized if resized.ndim == 2 else resized[..., channel]
        if channel and resized.ndim == 2 and _alike(steps, channel):
            out[channel] = out[channel - 1]
        elif resized.dtype == np.uint8:
            # 256 values to normalise instead of a million.
            out[channel] = _normalise(np.arange(256, dtype=np.uint8), low, high, steps, channel)[plane]
        else:
            out[channel] = _normalise(plane, low, high, steps, channel)


def _alike(steps: Normalisation, channel: int) -> bool:
    return (steps.mean[channel], steps.std[channel]) == (steps.mean[channel - 1], steps.std[channel - 1])


def _normalise(
    values: np.ndarray, low: np.number, high: np.number, steps: Normalisation, channel: int
) -> np.ndarray:
    working = np.float64 if steps.double else np.float32
    values, low, high = (
        (np.asarray(v, np.float64) / steps.divisor).astype(working) for v in (values, low, high)
    )
    if steps.min_max:
        values = (values - low) / np.maximum(high - low, working(1e-8))
    if steps.mean[channel] != 0 or steps.std[channel] != 1:
        values = (values - working(steps.mean[channel])) / working(steps.std[channel])
    return values.astype(np.float32)
