"""Answers of a journal lie over each other as the journal says."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import medsam_core as medsam
from medsam_core.journal_layers import Layer, painted
from medsam_core.slice_grid import SliceGrid
from medsam_core.slice_pile import SlicePile
from medsam_core.voxel_patch import VoxelPatch

GEOMETRY = medsam.Geometry((7, 6, 10), np.diag([1.0, 1.0, 1.0, 1.0]))
OWN = SliceGrid.along(GEOMETRY)
SIDE = SliceGrid.along(GEOMETRY, "j")


def a_layer(label: int, slices: range, seed: int, *, replaces: bool = False, grid: SliceGrid = OWN) -> Layer:
    """A random mask on some slices of a pile."""
    mask = np.zeros(GEOMETRY.shape_kji, bool)
    axis = 0 if grid is OWN else 1
    there = tuple(slice(slices.start, slices.stop) if n == axis else slice(None) for n in range(3))
    mask[there] = np.random.default_rng(seed).random(mask[there].shape) > 0.5
    pile = None if grid is OWN else SlicePile(grid)
    if pile is not None:
        for n in slices:
            pile.add(n, mask[:, n])
    return Layer(label, replaces, grid, VoxelPatch.of(mask), dict.fromkeys(slices, 1.0), pile=pile)


def mask_of(layer: Layer) -> np.ndarray:
    mask = np.zeros(GEOMETRY.shape_kji, bool)
    layer.patch.paste(mask)
    return mask


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 7), st.integers(1, 3)), min_size=1, max_size=6))
def test_layers_that_add_are_painted_in_their_order(rows: list[tuple[int, int, int]]) -> None:
    layers = [a_layer(label, range(k, k + n), k * n) for label, k, n in rows]
    expected = np.zeros(GEOMETRY.shape_kji, np.uint16)
    for layer in layers:
        expected[mask_of(layer)] = layer.label
    labels = painted(layers, GEOMETRY)
    assert np.array_equal(labels, expected)
    assert labels.dtype == (np.uint8 if max(label for label, *_ in rows) <= 255 else np.uint16)


def test_a_correction_takes_the_place_of_the_run_and_of_its_earlier_corrections() -> None:
    run, part = a_layer(1, range(1, 9), 1), a_layer(1, range(4, 5), 2)
    first = a_layer(1, range(3, 6), 3, replaces=True)
    second = a_layer(1, range(5, 7), 4, replaces=True)
    labels = painted([run, part, first, second], GEOMETRY) > 0
    expected = mask_of(run)
    expected[3:6] = mask_of(first)[3:6]
    expected[5:7] = mask_of(second)[5:7]
    assert np.array_equal(labels, expected | mask_of(part))


def test_a_correction_reaches_the_last_run_of_its_segment_on_its_slices_only() -> None:
    old, new = a_layer(1, range(0, 9), 1), a_layer(1, range(2, 9), 2)
    other, aside = a_layer(2, range(0, 9), 3), a_layer(1, range(0, 6), 4, grid=SIDE)
    mended = a_layer(1, range(4, 6), 5, replaces=True)
    labels = painted([other, old, aside, new, mended], GEOMETRY)
    left = mask_of(new)
    left[4:6] = False
    expected = np.where(mask_of(old) | mask_of(aside) | left | mask_of(mended), 1, mask_of(other) * 2)
    assert np.array_equal(labels, expected)


def test_without_a_run_the_last_prompt_is_replaced_and_without_that_nothing() -> None:
    one, two = a_layer(1, range(4, 5), 1), a_layer(1, range(4, 5), 2)
    mended = a_layer(1, range(4, 5), 3, replaces=True)
    assert np.array_equal(painted([one, two, mended], GEOMETRY) > 0, mask_of(one) | mask_of(mended))
    assert np.array_equal(painted([mended], GEOMETRY) > 0, mask_of(mended))


def test_slices_from_the_side_are_cleared_from_the_side() -> None:
    run = a_layer(1, range(0, 6), 1, grid=SIDE)
    mended = a_layer(1, range(2, 4), 2, replaces=True, grid=SIDE)
    expected = mask_of(run)
    expected[:, 2:4] = mask_of(mended)[:, 2:4]
    assert np.array_equal(painted([run, mended], GEOMETRY) > 0, expected)
