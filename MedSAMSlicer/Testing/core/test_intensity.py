"""Grey values reach the network as MedSAM would have it, slice by slice as in the volume."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medsam_core.errors import IntensityError
from medsam_core.geometry import Geometry
from medsam_core.intensity import IntensityWindow, check_preset, choose_window
from medsam_core.intensity_presets import CT_WINDOWS, PRESETS
from medsam_core.volume import Volume
from testkit.memory import memory_below

RNG = np.random.default_rng(0)


def a_volume(array: np.ndarray, modality: str | None = None) -> Volume:
    return Volume(array, Geometry(array.shape[2::-1], np.eye(4)), modality=modality)


def medsam_clipped(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """MedSAM's arithmetic: clip, min-max of the clipped volume, truncate."""
    clipped = np.clip(values.astype(np.float64), low, high)
    return np.uint8((clipped - clipped.min()) / (clipped.max() - clipped.min()) * 255.0)


def medsam_mr(values: np.ndarray) -> np.ndarray:
    low, high = np.percentile(values[values > 0], 0.5), np.percentile(values[values > 0], 99.5)
    mapped = medsam_clipped(values, low, high)
    mapped[values == 0] = 0
    return mapped


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("spread", [30, 400, 3000])
@pytest.mark.parametrize("preset", CT_WINDOWS)
def test_ct_windows_are_medsams_to_the_bit(preset: str, spread: int, kind: type) -> None:
    values = RNG.normal(50, spread, (5, 20, 30)).astype(kind)
    window = CT_WINDOWS[preset]
    if values.max() <= window.low or values.min() >= window.high:
        pytest.skip("nothing of this volume is inside the window")
    expected = medsam_clipped(values, window.low, window.high)
    assert np.array_equal(choose_window(a_volume(values), preset).apply(values), expected)


@pytest.mark.parametrize("kind", [np.int16, np.uint16, np.uint8, np.int32, np.float32, np.float64])
def test_mr_is_medsams_to_the_bit(kind: type) -> None:
    values = np.clip(RNG.gamma(2, 40, (5, 20, 30)) - 20, 0, 250).astype(kind)
    assert (values == 0).any()
    assert np.array_equal(choose_window(a_volume(values), "mr").apply(values), medsam_mr(values))


def test_the_named_windows_are_the_documented_ones() -> None:
    ends = {name: (window.low, window.high) for name, window in CT_WINDOWS.items()}
    assert ends == {
        "ct-soft": (-160, 240),
        "ct-lung": (-1350, 150),
        "ct-brain": (0, 80),
        "ct-bone": (-500, 1300),
    }


any_image = hnp.arrays(
    dtype=st.sampled_from([np.uint8, np.int8, np.int16, np.uint16, np.int32, np.float32, np.float64]),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 6)),
)


@settings(max_examples=150, deadline=None)
@given(any_image, st.sampled_from([*PRESETS, "-100,300", "0,1"]))
def test_a_slice_alone_maps_as_within_its_volume(values: np.ndarray, preset: str) -> None:
    if values.dtype.kind == "f" and not np.isfinite(values).any():
        values.fill(1)
    kept = values.copy()
    window = choose_window(a_volume(values), preset)
    with np.errstate(all="raise", under="ignore"):
        mapped = window.apply(values)
    assert mapped.dtype == np.uint8
    assert mapped.shape == values.shape
    for k in range(len(values)):
        assert np.array_equal(window.apply(values[k]), mapped[k])
        assert np.array_equal(window.apply(values[k].T), mapped[k].T)
    np.testing.assert_array_equal(values, kept)


@settings(max_examples=50, deadline=None)
@given(any_image, st.sampled_from(["ct-soft", "mr", "none", "-100,300"]))
def test_brighter_stays_brighter_or_equal(values: np.ndarray, preset: str) -> None:
    values = np.nan_to_num(values, nan=0, posinf=1e6, neginf=-1e6)
    mapped = choose_window(a_volume(values), preset).apply(values).ravel()
    order = np.argsort(values, axis=None, kind="stable")
    steps = np.diff(mapped[order].astype(int))
    negative = values.ravel()[order] < 0  # under "mr", 0 stays 0 whatever lies below it
    assert (steps[~negative[:-1]] >= 0).all()


def test_8_bit_values_are_untouched_by_none() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert np.array_equal(choose_window(a_volume(values), "none").apply(values), values)


def test_colours_of_16_bits_share_one_scale() -> None:
    values = np.zeros((1, 2, 2, 3), np.uint16)
    values[..., 0], values[..., 1], values[..., 2] = 0, 30000, 60000
    mapped = choose_window(a_volume(values)).apply(values)
    assert mapped[0, 0, 0].tolist() == [0, 127, 255]


@pytest.mark.parametrize("preset", [*PRESETS, "-10,10"])
@pytest.mark.parametrize("value", [-2000, 0, 5, 3000])
@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_a_constant_image_is_black(preset: str, value: int, kind: type) -> None:
    values = np.full((2, 3, 4), value, kind)
    assert not choose_window(a_volume(values), preset).apply(values).any()


def test_a_mask_of_zeros_and_ones_keeps_its_contrast_under_mr() -> None:
    values = np.zeros((2, 3, 4), np.int16)
    values[1] = 1
    assert choose_window(a_volume(values), "mr").apply(values)[1].min() == 255


def test_nan_and_infinity_count_as_the_lowest_and_are_reported() -> None:
    values = RNG.normal(0, 300, (3, 8, 9)).astype(np.float32)
    clean = choose_window(a_volume(values), "ct-soft").apply(values)
    broken = values.copy()
    broken[1, 2, 3], broken[2, 0, 0], broken[0, 0, 0] = np.nan, np.inf, -np.inf
    window = choose_window(a_volume(broken), "ct-soft")
    mapped = window.apply(broken)
    assert not mapped[~np.isfinite(broken)].any()
    finite = np.isfinite(broken)
    assert np.abs(mapped[finite].astype(int) - clean[finite]).max() <= 1
    assert window.nonfinite == 3
    assert "3 values are NaN or infinite" in window.reason
    with pytest.raises(IntensityError, match="no finite value"):
        choose_window(a_volume(np.full((2, 2, 2), np.nan)))


AUTOMATIC = {
    "CT by its header": (np.int16, (0, 100), "CT", "ct-soft", "CT"),
    "MR by its header": (np.int16, (0, 900), "MR", "mr", "percentiles"),
    "PET by its header": (np.float32, (0, 30), "PT", "mr", "PET"),
    "ultrasound by its header": (np.uint8, (0, 255), "US", "none", "ultrasound"),
    "air and bone without a header": (np.int16, (-1024, 1900), None, "ct-soft", "-1024 to 1900"),
    "padded CT without a header": (np.float32, (-3024, 3071), None, "ct-soft", "Hounsfield"),
    "MR without a header": (np.uint16, (0, 4000), None, "mr", "0 to 4000"),
    "z-scores": (np.float32, (-3, 5), None, "mr", "-3 to 5"),
    "ADC with a little below zero": (np.int16, (-20, 3000), None, "mr", "percentiles"),
    "an X-ray of 16 bits": (np.uint16, (0, 60000), "DX", "mr", "0 to 60000"),
}


@pytest.mark.parametrize(("kind", "ends", "modality", "preset", "words"), AUTOMATIC.values(), ids=AUTOMATIC)
def test_auto_decides_by_header_then_by_values_and_says_why(
    kind: type, ends: tuple[int, int], modality: str | None, preset: str, words: str
) -> None:
    values = np.linspace(*ends, 3 * 8 * 9).reshape(3, 8, 9).astype(kind)
    window = choose_window(a_volume(values, modality), "auto")
    assert window.preset == preset
    assert words in window.reason


def test_pictures_are_left_alone_by_auto() -> None:
    grey = np.arange(200, dtype=np.uint8).reshape(1, 10, 20)
    colours = np.dstack([grey[0]] * 3)[None]
    for picture in (grey, colours):
        window = choose_window(a_volume(picture))
        assert window.preset == "none"
        assert np.array_equal(window.apply(picture), picture)
    assert choose_window(a_volume(np.repeat(grey, 5, axis=0))).preset == "mr"


def test_a_range_is_a_window_of_these_ends() -> None:
    values = RNG.normal(0, 400, (3, 8, 9)).astype(np.int16)
    given_window = choose_window(a_volume(values), "-160,240")
    named = choose_window(a_volume(values), "ct-soft")
    assert np.array_equal(given_window.apply(values), named.apply(values))
    assert (given_window.low, given_window.high) == (-160, 240)


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("ct", "did you mean ct-"),
        ("ctsoft", "did you mean ct-soft"),
        ("CT-SOFT", "did you mean ct-soft"),
        ("", "give one of auto"),
        ("5,5", "LOW < HIGH"),
        ("9,1", "LOW < HIGH"),
        ("nan,1", "no range"),
        ("0,inf", "no range"),
        ("1,2,3", "no range"),
        ("1;2", "no range"),
        ("a\nb", "no preset"),
    ],
)
def test_an_unknown_preset_is_refused_with_the_nearest(preset: str, words: str) -> None:
    for refuse in (check_preset, lambda p: choose_window(a_volume(np.ones((1, 2, 2))), p)):
        with pytest.raises(IntensityError, match=words) as caught:
            refuse(preset)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_window_goes_into_a_report_and_back(preset: str) -> None:
    window = choose_window(a_volume(RNG.normal(0, 400, (3, 8, 9)).astype(np.float32)), preset)
    assert IntensityWindow(**json.loads(json.dumps(window.to_json()))) == window


@pytest.mark.parametrize("kind", [np.int16, np.float32, np.int32])
def test_mapping_a_volume_takes_little_more_than_its_result(kind: type) -> None:
    values = np.zeros((64, 256, 256), kind)
    values[::2] = 900
    window = choose_window(a_volume(values), "ct-soft")
    window.apply(values[0])
    with memory_below(values.size / 1e6 + 4):
        window.apply(values)
