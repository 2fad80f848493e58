"""Each filter gives what the library call it stands for gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from medsam_core.inference.axis_filters import bilinear, bilinear_antialias, cubic_antialias, cubic_zoom

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


@given(length_in=LENGTHS, length_out=LENGTHS)
@settings(max_examples=60, deadline=None)
def test_the_triangle_is_torchs_antialias(length_in: int, length_out: int) -> None:
    # Along x: torch 2.13 resizes pictures of a single column wrongly.
    samples = torch.rand(1, 1, 1, length_in, generator=torch.Generator().manual_seed(length_in))
    expected = torch.nn.functional.interpolate(samples, (1, length_out), mode="bilinear", antialias=True)
    ours = bilinear_antialias(length_in, length_out).columns(samples[0, 0].numpy())
    np.testing.assert_allclose(ours, expected[0, 0], atol=3e-5)
