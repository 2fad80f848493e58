"""Our cubic resize is skimage's published three-channel call, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.transform import resize

from medsam_core.inference import resize_cubic as module
from medsam_core.inference.resize_cubic import resize_cubic, resize_cubic_float


def published(image: np.ndarray, size_yx: tuple[int, int]) -> np.ndarray:
    """The call of MedSAM's inference, before its cast."""
    colour = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    return resize(colour, size_yx, order=3, preserve_range=True, anti_aliasing=True)


def same(ours: np.ndarray, theirs: np.ndarray) -> bool:
    return np.array_equal(np.broadcast_to(np.atleast_3d(ours), theirs.shape), theirs)


SIDES = st.integers(1, 150)


@given(height=SIDES, width=SIDES, side=st.sampled_from([32, 64, 97]), colour=st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_noise_is_resized_to_the_same_bits(height: int, width: int, side: int, colour: bool) -> None:
    shape = (height, width, 3) if colour else (height, width)
    image = np.random.default_rng(height * width).integers(0, 256, shape).astype(np.uint8)
    assert same(resize_cubic(image, (side, side)), published(image, (side, side)).astype(np.uint8))


@given(height=SIDES, width=SIDES, side=st.sampled_from([32, 64, 97]), colour=st.booleans())
@settings(max_examples=40, deadline=None)
def test_flat_areas_where_rounding_decides_are_the_same_bits_too(
    height: int, width: int, side: int, colour: bool
) -> None:
    image = np.full((height, width, 3) if colour else (height, width), 37, np.uint8)
    image[: height // 3], image[height // 2 :, : width // 2], image[-1, -1] = 0, 201, 255
    assert same(resize_cubic(image, (side, side)), published(image, (side, side)).astype(np.uint8))


@pytest.mark.parametrize("shape", [(512, 512), (301, 417), (700, 1300)])
def test_a_picture_as_scanners_make_them_is_the_same_bits_at_medsams_size(shape: tuple[int, int]) -> None:
    smooth = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=shape), 4)
    image = np.clip(1500 * smooth + 100, 0, 255).astype(np.uint8)  # dark and saturated areas
    assert same(resize_cubic(image, (1024, 1024)), published(image, (1024, 1024)).astype(np.uint8))


def test_where_too_much_is_flat_the_exact_value_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_RECOMPUTED", 0)
    image = np.full((200, 70), 37, np.uint8)
    image[:5], image[-5:] = 0, 255
    ours = resize_cubic(image, (96, 96))
    assert (ours[40:56] == 37).all()
    assert np.abs(ours[..., None].astype(int) - published(image, (96, 96)).astype(np.uint8)).max() <= 1


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    assert np.array_equal(resize_cubic(image, (64, 64)), image)


@pytest.mark.parametrize("shape", [(40, 90), (90, 40, 3)])
def test_without_truncation_only_rounding_differs(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    ours = np.broadcast_to(np.atleast_3d(resize_cubic_float(image, (64, 64))), (64, 64, 3))
    np.testing.assert_allclose(ours, published(image, (64, 64)), atol=1e-11)
