"""Each output rule gives the published mask, written out here slowly with torch."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.postprocess import crop_padding, masks_from_logits, sigmoid
from medsam_core.inference.presets import PRESETS

SIZES = [(60, 60), (45, 133), (300, 211), (128, 128), (5, 77)]


def some_logits(n: int, m: int, side: int) -> np.ndarray:
    noise = np.random.default_rng(3).normal(size=(n, m, side, side))
    return (30 * ndimage.gaussian_filter(noise, (0, 0, 2, 2))).astype(np.float32)


def resized(values: Tensor, size_yx: tuple[int, int]) -> Tensor:
    return torch.nn.functional.interpolate(values, size_yx, mode="bilinear", align_corners=False)


def published(name: str, logits: Tensor, frame: ImageFrame) -> tuple[Tensor, Tensor]:
    """Probabilities and masks, in the order of steps of each publication."""
    height, width = frame.resized_yx
    square = (frame.image_size, frame.image_size)
    if name == "medsam":
        probabilities = resized(torch.sigmoid(logits), frame.size_yx)
        return probabilities, probabilities > 0.5
    if name == "litemedsam":
        probabilities = torch.sigmoid(resized(logits[..., :height, :width], frame.size_yx))
        return probabilities, probabilities > 0.5
    if name == "sam":
        whole = resized(resized(logits, square)[..., :height, :width], frame.size_yx)
        return torch.sigmoid(whole), whole > 0
    probabilities = torch.sigmoid(resized(resized(logits, square), frame.size_yx))
    return probabilities, probabilities > 0.5


@pytest.mark.parametrize("size_yx", SIZES)
@pytest.mark.parametrize("name", ["medsam", "litemedsam", "sam", "sam_med2d"])
def test_masks_are_the_published_ones(name: str, size_yx: tuple[int, int]) -> None:
    low = 128 if name == "litemedsam" else 32
    frame = ImageFrame.of(size_yx, dataclasses.replace(PRESETS[name], image_size=128))
    logits = some_logits(3, 1, low)
    probabilities, masks = published(name, torch.from_numpy(logits), frame)
    ours = masks_from_logits(logits, frame, PRESETS[name].output)
    np.testing.assert_allclose(ours.probabilities, probabilities[:, 0], atol=1e-4)
    certain = np.abs(probabilities[:, 0].numpy() - 0.5) > 1e-4
    assert certain.mean() > 0.99
    assert np.array_equal(ours.masks[certain], masks[:, 0].numpy()[certain])


def test_the_order_of_sigmoid_and_interpolation_matters_on_the_boundary() -> None:
    frame = ImageFrame.of((300, 300), dataclasses.replace(PRESETS["medsam"], image_size=128))
    logits = some_logits(1, 1, 32)
    first = masks_from_logits(logits, frame, PRESETS["medsam"].output).masks
    last = masks_from_logits(logits, frame, PRESETS["litemedsam"].output).masks
    assert 0 < (first != last).mean() < 0.05


def test_logits_of_exactly_zero_are_background() -> None:
    for row in PRESETS.values():
        frame = ImageFrame.of((37, 53), dataclasses.replace(row, image_size=64))
        found = masks_from_logits(
            np.zeros((1, 4 if row.prompt_free else 1, 64, 64), np.float32), frame, row.output
        )
        assert not found.masks.any(), row.name


@pytest.mark.parametrize("size_yx", [(60, 60), (45, 133)])
def test_finetune_sam_throws_its_first_token_away_and_takes_the_best_class(size_yx: tuple[int, int]) -> None:
    frame = ImageFrame.of(size_yx, dataclasses.replace(PRESETS["finetune_sam"], image_size=128))
    logits = some_logits(2, 4, 32)
    whole = resized(torch.from_numpy(logits[:, 1:]), size_yx)
    found = masks_from_logits(logits, frame, PRESETS["finetune_sam"].output)
    assert (found.class_labels == whole.argmax(1).numpy()).mean() > 0.9999
    np.testing.assert_allclose(found.probabilities, 1 - torch.softmax(whole, 1)[:, 0], atol=1e-4)


@pytest.mark.parametrize("size_yx", [(60, 60), (512, 512), (333, 200)])
def test_samed_chooses_the_class_at_its_input_size_and_carries_labels_by_nearest(size_yx: tuple) -> None:
    frame = ImageFrame.of(size_yx, PRESETS["samed"])
    logits = some_logits(1, 5, 128)
    square = resized(torch.from_numpy(logits), (512, 512)).argmax(1)[0].numpy()
    expected = ndimage.zoom(square, (size_yx[0] / 512, size_yx[1] / 512), order=0)
    found = masks_from_logits(logits, frame, PRESETS["samed"].output)
    assert (found.class_labels[0] == expected).mean() > 0.9999
    assert np.array_equal(found.masks, found.class_labels > 0)


def test_many_masks_come_out_as_one_by_one() -> None:
    frame = ImageFrame.of((150, 220), PRESETS["sam"])
    logits = some_logits(40, 1, 256)
    together = masks_from_logits(logits, frame, PRESETS["sam"].output)
    for n in (0, 17, 39):
        alone = masks_from_logits(logits[n : n + 1], frame, PRESETS["sam"].output)
        np.testing.assert_allclose(together.probabilities[n], alone.probabilities[0], atol=1e-6)


def test_padding_is_cropped_in_proportion() -> None:
    frame = ImageFrame.of((100, 200), PRESETS["sam"])
    assert crop_padding(np.zeros((2, 1, 256, 256)), frame).shape == (2, 1, 128, 256)


def test_the_sigmoid_is_finite_and_right_at_both_ends() -> None:
    values = sigmoid(np.array([-1e4, -90, 0, 90, 1e4], np.float32))
    assert values.tolist() == [0, pytest.approx(0, abs=1e-30), 0.5, 1, 1]
