"""Small data sets in the layouts that prepare reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from medsam_training.prepare.cleaning import CleaningRules
from medsam_training.prepare.options import PrepareOptions

GENTLE = CleaningRules(min_voxels=0, min_pixels=0)


@pytest.fixture
def everything_kept() -> PrepareOptions:
    """Options without any cleaning."""
    return PrepareOptions(cleaning=GENTLE)


@pytest.fixture
def write_volume() -> Callable[..., Path]:
    """Write an array (k, j, i) as the format of the path."""

    def write(path: Path, array: np.ndarray, spacing=(1.0, 1.5, 2.0), origin=(0.0, 0.0, 0.0)) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(spacing)
        image.SetOrigin(origin)
        sitk.WriteImage(image, str(path))
        return path

    return write


@pytest.fixture
def write_picture() -> Callable[..., Path]:
    """Write pixels (y, x) or (y, x, 3) as PNG."""

    def write(path: Path, pixels: np.ndarray) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
        return path

    return write


def case_arrays(seed: int, shape_kji=(5, 24, 20)) -> tuple[np.ndarray, np.ndarray]:
    """An image of int16 noise and a mask with two labels, on all slices but the first and the last."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 1200, shape_kji).astype(np.int16)
    mask = np.zeros(shape_kji, np.uint8)
    mask[1:-1, 3:12, 4:14] = 1
    mask[1:-1, 14:20, 4:14] = 2
    return image, mask


@pytest.fixture
def a_folder_of_pairs(tmp_path: Path, write_volume) -> Path:
    """Six NIfTI volumes in images/ and their masks in masks/."""
    folder = tmp_path / "organs"
    for number in range(6):
        image, mask = case_arrays(number)
        write_volume(folder / "images" / f"case_{number}.nii.gz", image)
        write_volume(folder / "masks" / f"case_{number}.nii.gz", mask)
    return folder
