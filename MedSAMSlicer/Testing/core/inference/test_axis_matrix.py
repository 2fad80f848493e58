"""Banded matrices give what the library they stand for gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from medsam_core.inference.axis_matrix import (
    AxisMatrixCache,
    banded,
    bilinear,
    cubic_antialias,
    cubic_zoom,
)

LENGTHS = st.integers(1, 200)


@given(length_in=LENGTHS, length_out=LENGTHS)
@settings(max_examples=60, deadline=None)
def test_the_spline_with_gaussian_is_scipys_gaussian_then_zoom(length_in: int, length_out: int) -> None:
    samples = np.random.default_rng(length_in).normal(size=length_in)
    sigma = max(0.0, (length_in / length_out - 1) / 2)
    smooth = ndimage.gaussian_filter1d(samples, sigma, mode="mirror") if sigma else samples
    expected = ndimage.zoom(smooth, length_out / length_in, order=3, mode="mirror", grid_mode=True)
    resampled = cubic_antialias(length_in, length_out).rows(samples[:, None])[:, 0]
    np.testing.assert_allclose(resampled, expected, atol=1e-12)


@pytest.mark.parametrize(("length_in", "length_out"), [(512, 224), (224, 512), (100, 33), (5, 1), (1, 5)])
def test_the_plain_spline_is_scipys_zoom_with_its_black_last_row(length_in: int, length_out: int) -> None:
    samples = 1 + np.random.default_rng(0).random((length_in, 3))
    expected = ndimage.zoom(samples, (length_out / length_in, 1), order=3)
    np.testing.assert_allclose(cubic_zoom(length_in, length_out).rows(samples), expected, atol=1e-12)


@given(length_in=LENGTHS, length_out=st.integers(1, 700))
@settings(max_examples=60, deadline=None)
def test_bilinear_is_torchs(length_in: int, length_out: int) -> None:
    samples = torch.rand(1, 1, length_in, generator=torch.Generator().manual_seed(length_in))
    expected = torch.nn.functional.interpolate(samples, length_out, mode="linear", align_corners=False)
    # A build of torch without fused multiply-add rounds positions by one unit in the last place more.
    np.testing.assert_allclose(
        bilinear(length_in, length_out) @ samples[0, 0].numpy(), expected[0, 0], atol=3e-5
    )


def test_rows_and_columns_are_the_two_sides_of_one_product() -> None:
    dense = bilinear(40, 90)
    values = np.random.default_rng(0).normal(size=(2, 40, 40))
    matrix = banded(dense)
    np.testing.assert_allclose(matrix.rows(values), dense @ values, atol=1e-12)
    np.testing.assert_allclose(matrix.columns(values), values @ dense.T, atol=1e-12)


def test_a_band_takes_less_memory_than_the_whole_matrix() -> None:
    # Both ways round, each.
    assert cubic_antialias(512, 1024).nbytes < 0.2 * (2 * 512 * 1024 * 8)


def test_the_cache_stays_within_its_bytes_and_returns_the_same_matrix() -> None:
    cache = AxisMatrixCache(max_bytes=200_000)
    first = cache.get(cubic_antialias, 50, 64)
    assert cache.get(cubic_antialias, 50, 64) is first
    for length in range(51, 90):
        cache.get(cubic_antialias, length, 64)
    assert cache.nbytes <= 200_000
    assert cache.get(cubic_antialias, 50, 64) is not first
