"""Slices of the manifest's images as 8-bit arrays, with their label maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from skimage import io

from medsam_training.manifest import Item

CT_WINDOWS = {"soft": (-160.0, 240.0), "wide": (-500.0, 700.0), "lung": (-1350.0, 150.0)}
ROUGHLY_ISOTROPIC = 1.6  # largest over smallest spacing; beyond it a resliced plane is a staircase
FEWEST_LABELLED = 20  # pixels; a slice that shows less of an object teaches noise


@dataclass(frozen=True)
class Slice:
    """One 2D image with its labels.

    Attributes:
        image_yx: uint8, (y, x) or (y, x, 3).
        labels_yx: uint16 (y, x), 0 is background.
        key: set, case, axis and index, readable.
    """

    image_yx: np.ndarray
    labels_yx: np.ndarray
    key: str


def slices_of(item: Item, every_axis: bool) -> Iterator[Slice]:
    """The labelled slices of an item: a 2D image is one; a volume has many.

    Args:
        every_axis: take the two other planes of a roughly isotropic volume too, and CT under several windows.
    """
    if item.image.suffix in (".png", ".jpg"):
        yield Slice(
            io.imread(item.image), io.imread(item.mask).astype(np.uint16), f"{item.set_name}/{item.case}"
        )
        return
    volume, labels_kji, spacing_kji = _read_volume(item)
    isotropic = max(spacing_kji) / min(spacing_kji) <= ROUGHLY_ISOTROPIC
    for window, image_kji in _windowed(volume, item, every_axis):
        for axis in (0, 1, 2) if every_axis and isotropic else (0,):
            yield from _planes(image_kji, labels_kji, axis, f"{item.set_name}/{item.case}/{window}")


def _read_volume(item: Item) -> tuple[np.ndarray, np.ndarray, tuple[float, ...]]:
    if item.image.is_dir():
        names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(item.image))
        image = sitk.ReadImage(names)
    else:
        image = sitk.ReadImage(str(item.image))
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(item.mask))).astype(np.uint16)
    return sitk.GetArrayFromImage(image).astype(np.float32), labels, image.GetSpacing()[::-1]


def _windowed(volume: np.ndarray, item: Item, several: bool) -> Iterator[tuple[str, np.ndarray]]:
    if item.modality.startswith("CT"):
        for name in CT_WINDOWS if several else ("soft",):
            yield name, _to_uint8(volume, *CT_WINDOWS[name])
        return
    bright = volume[volume > 0]
    low, high = np.percentile(bright, (0.5, 99.5))
    scaled = _to_uint8(volume, low, high)
    yield "mr", np.where(volume == 0, np.uint8(0), scaled)


def _to_uint8(volume: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.round((np.clip(volume, low, high) - low) * (255.0 / max(high - low, 1e-6))).astype(np.uint8)


def _planes(image_kji: np.ndarray, labels_kji: np.ndarray, axis: int, key: str) -> Iterator[Slice]:
    for index in range(image_kji.shape[axis]):
        labels = labels_kji.take(index, axis)
        if np.count_nonzero(labels) >= FEWEST_LABELLED:
            yield Slice(image_kji.take(index, axis), labels, f"{key}/{axis}/{index}")
