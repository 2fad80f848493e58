"""A banded matrix is the dense one, in less memory."""

from __future__ import annotations

import numpy as np

from medsam_core.inference.axis_filters import bilinear, cubic_antialias
from medsam_core.inference.axis_matrix import AxisMatrixCache, banded


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
