"""Each row of the resize table is the library call it is named after."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from medsam_core.inference.presets import Interpolation
from medsam_core.inference.resize import resize


def a_picture(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize("interpolation", list(Interpolation))
@pytest.mark.parametrize("shape", [(31, 47), (90, 20, 3), (1, 9)])
def test_every_row_gives_the_size_asked_for_and_keeps_the_channels(
    interpolation: Interpolation, shape: tuple[int, ...]
) -> None:
    assert resize(a_picture(*shape), (40, 25), interpolation).shape == (40, 25, *shape[2:])


@pytest.mark.parametrize("interpolation", list(Interpolation))
def test_grey_and_three_equal_channels_are_the_same_picture(interpolation: Interpolation) -> None:
    grey = a_picture(60, 45)
    colour = resize(np.repeat(grey[..., None], 3, axis=2), (64, 48), interpolation)
    np.testing.assert_array_equal(colour, resize(grey, (64, 48), interpolation)[..., None].repeat(3, axis=2))


def test_pil_bilinear_is_pillows() -> None:
    image = a_picture(90, 61, 3)
    expected = np.asarray(Image.fromarray(image).resize((30, 45), Image.Resampling.BILINEAR))
    assert np.array_equal(resize(image, (45, 30), Interpolation.PIL_BILINEAR), expected)


def test_cv_nearest_is_opencvs() -> None:
    # What opencv-python-headless 4.10 returned.
    y, x = np.mgrid[:5, :7]
    shrunk = resize(((y * 37 + x * 91 + y * x * 13) % 256).astype(np.uint8), (3, 4), Interpolation.CV_NEAREST)
    assert shrunk.tolist() == [[0, 91, 17, 199], [37, 141, 93, 45], [111, 241, 245, 249]]


def test_ndimage_cubic_is_scipys_zoom() -> None:
    image = a_picture(50, 33)
    expected = ndimage.zoom(image.astype(float), (64 / 50, 48 / 33), order=3)
    np.testing.assert_allclose(resize(image, (64, 48), Interpolation.NDIMAGE_CUBIC), expected, atol=1e-10)


@pytest.mark.parametrize("size_yx", [(20, 30), (90, 70)])
def test_torch_bilinear_is_torchs(size_yx: tuple[int, int]) -> None:
    image = a_picture(50, 33)
    planes = torch.from_numpy(image.astype(np.float32))[None, None]
    expected = torch.nn.functional.interpolate(planes, size_yx, mode="bilinear", antialias=True)[0, 0]
    np.testing.assert_allclose(resize(image, size_yx, Interpolation.TORCH_BILINEAR), expected, atol=1e-3)
