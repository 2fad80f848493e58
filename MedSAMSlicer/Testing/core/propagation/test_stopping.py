"""Each reason to stop, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.stopping import StoppingRules, Track, mean_iou


def a_disc(radius: float, confidence: float = 0.9, index: int = 1) -> SliceMask:
    y, x = np.indices((64, 64))
    mask = (y - 32) ** 2 + (x - 32) ** 2 <= radius**2
    return SliceMask(index, mask, mask.astype(np.float32), confidence)


def a_slice(radius: float = 15, inside: int = 200) -> np.ndarray:
    return np.where(a_disc(radius).mask_yx, inside, 40).astype(np.uint8)


def a_track() -> Track:
    return Track(a_disc(15, index=0), a_slice())


def test_a_slice_like_the_one_before_is_trusted() -> None:
    assert a_track().doubt(a_disc(14), a_slice(14), agreement=0.95) is None


@pytest.mark.parametrize(
    ("mask", "image", "agreement", "reason"),
    [
        (a_disc(0), a_slice(0), 0.9, "area fell to nothing"),
        (a_disc(6), a_slice(6), 0.9, "area fell to"),
        (a_disc(28), a_slice(28), 0.9, "area grew to"),
        (a_disc(15, confidence=0.1), a_slice(), 0.9, "the model is unsure"),
        (a_disc(15), a_slice(), 0.2, "slightly different boxes"),
        (a_disc(15), a_slice(15, inside=90), 0.9, "grey values no longer match"),
    ],
    ids=["nothing", "shrinks", "grows", "unsure", "jitter", "other tissue"],
)
def test_each_reason_to_doubt_is_named(
    mask: SliceMask, image: np.ndarray, agreement: float, reason: str
) -> None:
    assert reason in (a_track().doubt(mask, image, agreement) or "")


def test_a_slow_change_of_grey_values_is_followed() -> None:
    track = a_track()
    for inside in range(200, 80, -6):
        assert track.doubt(a_disc(15), a_slice(15, inside), agreement=0.95) is None
        track.accept(a_disc(15), a_slice(15, inside))


def test_small_objects_may_change_much() -> None:
    rules = StoppingRules()
    track = Track(a_disc(1.5, index=0), a_slice(1.5), rules)
    assert track.doubt(a_disc(2.9), a_slice(2.9), agreement=0.9) is None


def test_colour_slices_are_judged_by_their_brightness() -> None:
    colour = np.repeat(a_slice()[..., None], 3, axis=2)
    assert Track(a_disc(15), colour).doubt(a_disc(15), colour, agreement=1.0) is None


def test_mean_iou_of_equal_and_of_disjoint_masks() -> None:
    a, b = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    a[0], b[1] = True, True
    assert mean_iou(a, [a]) == 1
    assert mean_iou(a, [b]) == 0
    assert mean_iou(a, [a, b]) == 0.5
    assert mean_iou(np.zeros_like(a), [np.zeros_like(a)]) == 1
