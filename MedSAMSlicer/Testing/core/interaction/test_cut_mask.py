"""A propagation seen across its slices."""

from __future__ import annotations

import time

import numpy as np
import pytest

from medsam_core.geometry import Geometry
from medsam_core.interaction.cut_mask import cut_mask
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.session.slice_result import SliceResult
from medsam_core.slice_grid import SliceGrid
from medsam_core.slice_resampling import cut_slice
from testkit.panes import a_place

GEOMETRY = Geometry((40, 30, 20), np.diag([1.0, 1.0, 2.0, 1.0]))


def a_blob(shape_kji: tuple[int, int, int] = (20, 30, 40)) -> np.ndarray:
    """(k, j, i) bool: an egg with a hole."""
    k, j, i = np.indices(shape_kji)
    egg = ((k - 9) / 6) ** 2 + ((j - 14) / 9) ** 2 + ((i - 21) / 12) ** 2 < 1
    return egg & ((j - 14) ** 2 + (i - 21) ** 2 > 9)


def slices_of(mask_kji: np.ndarray, numbers: range) -> dict[int, SliceResult]:
    """As a propagation keeps them, on the volume's own slices."""
    return {
        k: SliceResult.of(SliceMask(k, mask_kji[k], mask_kji[k].astype(np.float32), 0.9), True)
        for k in numbers
    }


@pytest.mark.parametrize("axis", ["i", "j"])
def test_a_view_across_shows_the_voxels_that_it_cuts(axis: str) -> None:
    mask = a_blob()
    grid = SliceGrid.along(GEOMETRY, axis)
    for index in range(grid.count):
        cut = cut_mask(slices_of(mask, range(20)), SliceGrid.along(GEOMETRY), a_place(grid, index))
        plane = mask[:, index] if axis == "j" else mask[:, :, index]
        nearest = np.floor(np.arange(cut.shape[0]) / 2 + 0.5).astype(int)  # pixels of 1 mm, slices of 2 mm
        np.testing.assert_array_equal(cut, plane[nearest])


def test_slices_that_are_not_done_are_empty() -> None:
    place = a_place(SliceGrid.along(GEOMETRY, "j"), 10)
    cut = cut_mask(slices_of(a_blob(), range(8, 11)), SliceGrid.along(GEOMETRY), place)
    assert sorted(set((np.nonzero(cut)[0] / 2 + 0.5).astype(int).tolist())) == [8, 9, 10]
    assert not cut_mask({}, SliceGrid.along(GEOMETRY), place).any()


def test_an_oblique_view_shows_the_same_as_the_volume_cut_there() -> None:
    tilted = np.eye(4)
    angle = np.radians(30)
    tilted[:3, :3] = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    tilted[:3, 3] = 20, 15, 19
    grid, index = SliceGrid.oblique(GEOMETRY, tilted)
    mask = a_blob()
    cut = cut_mask(slices_of(mask, range(20)), SliceGrid.along(GEOMETRY), a_place(grid, index))
    smooth = cut_slice(mask.astype(np.float32), grid, index, 0.0) >= 0.5
    assert cut.any()
    assert np.count_nonzero(cut != smooth) < 0.2 * cut.sum(), "the border alone, by nearest or linear"


def test_a_coronal_run_is_seen_in_an_axial_view() -> None:
    mask = a_blob()
    coronal = SliceGrid.along(GEOMETRY, "j")
    slices = {}
    for j in range(30):
        picture = np.repeat(mask[:, j], 2, axis=0)[: coronal.shape_yx[0]]
        slices[j] = SliceResult.of(SliceMask(j, picture, picture.astype(np.float32), 0.9), False)
    for k in (5, 9, 12):
        cut = cut_mask(slices, coronal, a_place(SliceGrid.along(GEOMETRY), k))
        np.testing.assert_array_equal(cut, mask[k])


def test_a_large_organ_is_cut_while_the_eye_does_not_notice() -> None:
    geometry = Geometry((512, 512, 300), np.eye(4))
    disc = np.zeros((512, 512), bool)
    disc[100:400, 120:420] = True
    slices = {k: SliceResult.of(SliceMask(k, disc, disc.astype(np.float32), 0.9), True) for k in range(300)}
    place = a_place(SliceGrid.along(geometry, "i"), 256)
    best = np.inf
    for _ in range(3):
        started = time.perf_counter()
        cut = cut_mask(slices, SliceGrid.along(geometry), place)
        best = min(best, time.perf_counter() - started)
    assert cut.sum() == 300 * 300
    assert best < 0.1, "10 frames a second at the very least, on a busy machine"
