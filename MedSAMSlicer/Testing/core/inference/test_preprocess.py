"""Each preset's input is what its publication's steps give, written out here slowly from those steps."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage
from skimage import transform

from medsam_core.errors import VolumeError
from medsam_core.inference.preprocess import prepare_image, prepare_images, to_uint8
from medsam_core.inference.presets import PRESETS, Preset
from medsam_core.inference.resize_area import resize_area

SHAPES = [(70, 45), (45, 133), (90, 90, 3), (200, 131, 3)]


def a_slice(shape: tuple[int, ...]) -> np.ndarray:
    noise = np.random.default_rng(5).normal(size=shape)
    sigma = (1.5, 1.5, 0)[: len(shape)]
    return np.clip(400 * ndimage.gaussian_filter(noise, sigma) + 90, 0, 255).astype(np.uint8)


def small(name: str, image_size: int = 128) -> Preset:
    return dataclasses.replace(PRESETS[name], image_size=image_size)


def in_colour(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


def longest_side(image: np.ndarray, size: int) -> tuple[int, int]:
    scale = size / max(image.shape[:2])
    return int(image.shape[0] * scale + 0.5), int(image.shape[1] * scale + 0.5)


@pytest.mark.parametrize("shape", SHAPES)
def test_medsams_input_is_squashed_truncated_and_stretched_to_its_own_range(shape: tuple) -> None:
    image = a_slice(shape)
    pixels = transform.resize(
        in_colour(image), (128, 128), order=3, preserve_range=True, anti_aliasing=True
    ).astype(np.uint8)
    scaled = (pixels - pixels.min()) / np.clip(pixels.max() - pixels.min(), 1e-8, None)
    expected = torch.tensor(scaled).float().permute(2, 0, 1).numpy()
    assert np.array_equal(prepare_image(image, small("medsam")), expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_litemedsams_input_is_stretched_before_it_is_padded(shape: tuple) -> None:
    image = a_slice(shape)
    pixels = resize_area(in_colour(image), longest_side(image, 128))
    scaled = (pixels - pixels.min()) / np.clip(pixels.max() - pixels.min(), 1e-8, None)
    padded = np.pad(scaled, ((0, 128 - pixels.shape[0]), (0, 128 - pixels.shape[1]), (0, 0)))
    expected = padded.astype(np.float32).transpose(2, 0, 1)
    assert np.array_equal(prepare_image(image, small("litemedsam")), expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_sams_input_is_normalised_by_imagenets_pixels_and_padded_with_zeros(shape: tuple) -> None:
    image = a_slice(shape)
    height, width = longest_side(image, 128)
    picture = Image.fromarray(in_colour(image)).resize((width, height), Image.Resampling.BILINEAR)
    pixels = torch.as_tensor(np.array(picture)).permute(2, 0, 1)
    mean = torch.tensor([123.675, 116.28, 103.53]).view(-1, 1, 1)
    std = torch.tensor([58.395, 57.12, 57.375]).view(-1, 1, 1)
    expected = torch.nn.functional.pad((pixels - mean) / std, (0, 128 - width, 0, 128 - height))
    assert np.array_equal(prepare_image(image, small("sam")), expected.numpy())


def test_hugging_faces_input_divides_by_255_first() -> None:
    image = a_slice((100, 100, 3))
    pixels = np.array(Image.fromarray(image).resize((128, 128), Image.Resampling.BILINEAR))
    unit = (pixels.astype(np.float64) * (1 / 255)).astype(np.float32)
    mean, std = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
    expected = ((unit - mean) / std).transpose(2, 0, 1)
    assert np.array_equal(prepare_image(image, small("hf_sam")), expected)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["finetune_sam", "finetune_sam_minmax"])
def test_finetune_sams_input_is_squashed_by_pillow(name: str, shape: tuple) -> None:
    image = a_slice(shape)
    picture = Image.fromarray(in_colour(image)).resize((128, 128), Image.Resampling.BILINEAR)
    unit = torch.from_numpy(np.array(picture)).permute(2, 0, 1).float().div(255)
    if name == "finetune_sam":
        mean = torch.tensor([0.485, 0.456, 0.406]).view(-1, 1, 1)
        expected = unit.sub(mean).div(torch.tensor([0.229, 0.224, 0.225]).view(-1, 1, 1))
    else:
        expected = (unit - unit.min()) / (unit.max() - unit.min())
    assert np.array_equal(prepare_image(image, small(name)), expected.numpy())


@pytest.mark.parametrize("shape", [(512, 512), (300, 333)])
def test_sameds_input_is_zoomed_to_224_and_then_to_the_input_size(shape: tuple) -> None:
    image = a_slice(shape)
    unit = image / 255
    unit = ndimage.zoom(unit, (224 / shape[0], 224 / shape[1]), order=3)
    unit = ndimage.zoom(unit, 512 / 224, order=3)
    expected = np.repeat(unit[None].astype(np.float32), 3, axis=0)
    np.testing.assert_allclose(prepare_image(image, PRESETS["samed"]), expected, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_sam_med2ds_input_is_normalised_nearest_pixels(shape: tuple) -> None:
    image = in_colour(a_slice(shape))
    normal = (image - np.float32([123.675, 116.28, 103.53])) / np.float32([58.395, 57.12, 57.375])
    y = np.minimum((np.arange(128) * (shape[0] / 128)).astype(int), shape[0] - 1)
    x = np.minimum((np.arange(128) * (shape[1] / 128)).astype(int), shape[1] - 1)
    expected = normal[y[:, None], x].transpose(2, 0, 1)
    assert np.array_equal(prepare_image(image, small("sam_med2d")), expected)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("value", [0, 130, 255])
def test_a_blank_slice_gives_finite_numbers(name: str, value: int) -> None:
    prepared = prepare_image(np.full((30, 40), value, np.uint8), small(name))
    assert prepared.dtype == np.float32
    assert np.isfinite(prepared).all()


@pytest.mark.parametrize("name", PRESETS)
@given(height=st.integers(1, 300), width=st.integers(1, 300))
@settings(max_examples=8, deadline=None)
def test_any_shape_becomes_the_networks_input(name: str, height: int, width: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (height, width)).astype(np.uint8)
    prepared = prepare_image(image, small(name, 64))
    assert prepared.shape == (3, 64, 64)
    assert prepared.flags.c_contiguous
    assert np.isfinite(prepared).all()


def test_slices_prepared_side_by_side_are_as_one_by_one() -> None:
    images = [a_slice(shape) for shape in SHAPES] * 3
    together = prepare_images(images, small("medsam"))
    assert np.array_equal(together, [prepare_image(image, small("medsam")) for image in images])


def test_8_bit_pictures_are_not_touched() -> None:
    image = np.random.default_rng(0).integers(3, 200, (20, 30)).astype(np.uint8)
    assert np.array_equal(to_uint8(image), image)


@pytest.mark.parametrize("kind", [np.int16, np.uint16, np.int64, np.float32, np.float64, np.float16])
def test_other_numbers_have_their_range_mapped_to_0_to_255(kind: type) -> None:
    image = np.arange(-1000 if kind != np.uint16 else 0, 1000, dtype=np.int64).reshape(2, -1).astype(kind)
    mapped = to_uint8(image)
    assert mapped.dtype == np.uint8
    assert (mapped.min(), mapped.max()) == (0, 255)
    assert (np.diff(mapped.ravel().astype(int)) >= 0).all()


def test_pixels_that_are_not_numbers_do_not_spoil_the_rest() -> None:
    image = np.linspace(0, 1, 12).reshape(3, 4)
    clean = to_uint8(image)
    image[0, 0], image[2, 3], image[1, 1] = -np.inf, np.inf, np.nan
    image[0, 1], image[2, 2] = 0, 1  # the finite range stays
    spoilt = to_uint8(image)
    assert (spoilt[0, 0], spoilt[2, 3], spoilt[1, 1]) == (0, 255, 0)
    assert spoilt[1, 2] == clean[1, 2]


def test_the_largest_doubles_do_not_overflow() -> None:
    assert to_uint8(np.array([[-1.7e308, 0.0, 1.7e308]])).tolist() == [[0, 127, 255]]


def test_alpha_is_dropped_and_a_single_channel_is_grey() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 6, 4)).astype(np.uint8)
    assert np.array_equal(to_uint8(image), image[..., :3])
    assert np.array_equal(to_uint8(image[..., :1]), image[..., 0])


def test_a_binary_picture_becomes_black_and_white() -> None:
    assert to_uint8(np.array([[True, False]])).tolist() == [[255, 0]]


@pytest.mark.parametrize(
    "image",
    [np.zeros((0, 4)), np.zeros(5), np.zeros((4, 4, 2)), np.zeros((2, 2), complex), np.full((2, 2), np.nan)],
    ids=["empty", "a row", "two channels", "complex", "no finite pixel"],
)
def test_what_is_no_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(VolumeError):
        to_uint8(image)
