"""Prompts are counted in the voxels of the volume, or in the pixels of the slices in use."""

from __future__ import annotations

import numpy as np

from medsam_core.mrml.prompt_place import place_of_prompts
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume
from testkit.geometries import a_sheared_geometry

GEOMETRY = a_sheared_geometry()
VOLUME = Volume(np.zeros(GEOMETRY.shape_kji, np.uint8), GEOMETRY)


def test_without_slices_it_is_the_volume() -> None:
    assert place_of_prompts(VOLUME, None) is GEOMETRY


def test_the_native_slices_are_the_volume() -> None:
    assert place_of_prompts(VOLUME, SliceGrid.along(GEOMETRY)).agrees_with(GEOMETRY)


def test_a_pixel_lies_where_its_voxel_does() -> None:
    grid = SliceGrid.along(GEOMETRY, "i")
    place = place_of_prompts(VOLUME, grid)
    for pixel in ((0, 0, 0), (1, 2, 3)):
        np.testing.assert_allclose(
            place.from_ijk(pixel, "ras"), GEOMETRY.from_ijk(grid.to_ijk(pixel), "ras"), atol=1e-9
        )
