"""Grey values tell whether a mask still lies on the object."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.propagation.grey_likeness import GreyLikeness


def a_disc(x: int = 32, radius: float = 15) -> np.ndarray:
    y, x_ = np.indices((64, 64))
    return (y - 32) ** 2 + (x_ - x) ** 2 <= radius**2


def a_slice(inside: int = 200, radius: float = 15) -> np.ndarray:
    return np.where(a_disc(radius=radius), inside, 40).astype(np.uint8)


def test_the_same_object_is_like_itself_and_unlike_its_surroundings() -> None:
    greys = GreyLikeness(a_slice(), a_disc())
    assert greys.likeness(a_slice(), a_disc()) == pytest.approx(1)
    assert greys.contrast(a_slice(), a_disc()) > 0.95


def test_a_mask_beside_the_object_loses_likeness_and_contrast() -> None:
    greys = GreyLikeness(a_slice(), a_disc())
    assert greys.likeness(a_slice(radius=3), a_disc()) < 0.3
    assert greys.contrast(a_slice(radius=3), a_disc()) < -0.5


def test_a_slow_change_of_grey_values_is_followed() -> None:
    greys = GreyLikeness(a_slice(), a_disc())
    for inside in range(200, 80, -6):
        assert greys.likeness(a_slice(inside), a_disc()) > 0.35
        greys.accept(a_slice(inside), a_disc())


def test_colour_slices_are_judged_by_their_brightness() -> None:
    colour = np.repeat(a_slice()[..., None], 3, axis=2)
    assert GreyLikeness(colour, a_disc()).likeness(a_slice(), a_disc()) == pytest.approx(1)


def test_an_empty_mask_is_like_nothing() -> None:
    greys = GreyLikeness(a_slice(), a_disc())
    assert greys.likeness(a_slice(), np.zeros((64, 64), bool)) == 0
