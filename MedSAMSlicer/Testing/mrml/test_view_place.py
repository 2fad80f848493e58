"""The slice that a real view shows, and where its pixels lie on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from medsam_core.geometry import Geometry
from medsam_core.mrml.matrices import as_array
from medsam_core.mrml.view_place import place_of_view
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume
from testkit.mrml_nodes import a_rotation, add_slice_view

AXIAL = ((-1, 0, 0), (0, 1, 0), (0, 0, 1))
VIEWS = {
    "axial": AXIAL,
    "sagittal": ((0, 0, 1), (-1, 0, 0), (0, 1, 0)),
    "coronal": ((-1, 0, 0), (0, 0, 1), (0, 1, 0)),
    "oblique": a_rotation(35, (1, 0.4, 0.2)),
}


@pytest.fixture
def a_volume() -> Volume:
    """40 x 30 x 20 voxels of 1 x 1 x 2 mm along the patient's axes."""
    geometry = Geometry((40, 30, 20), np.diag([1.0, 1.0, 2.0, 1.0]))
    return Volume(np.zeros(geometry.shape_kji, np.uint8), geometry)


def a_view(scene: Any, directions: Any, centre: tuple = (19.2, 14.3, 17.7), **kwargs: Any) -> Any:
    """A slice view through a place."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = directions, centre
    return add_slice_view(scene, matrix, **kwargs)


@pytest.mark.parametrize("name", VIEWS)
def test_a_pixel_of_the_view_is_the_same_place_in_the_patient_on_the_slice(
    a_scene: Any, a_volume: Volume, name: str
) -> None:
    node = a_view(a_scene, VIEWS[name], pan_mm=(3.5, -2.25))
    place = place_of_view(node, a_volume)
    assert place is not None
    for pixel in ((0, 0), (63, 0), (12.25, 40.5)):
        there = (as_array(node.GetXYToRAS()) @ [*pixel, 0, 1])[:3]
        pile = place.grid.geometry(a_volume.geometry)
        here = pile.from_ijk((*place.to_slice(pixel), place.index), "ras")
        across = pile.from_ijk((0, 0, 1), "ras") - pile.from_ijk((0, 0, 0), "ras")
        apart = there - here
        # Between two slices the view shows the nearer one: there is no more than half a slice across.
        half = np.linalg.norm(across) / 2
        assert abs(apart @ across) / np.linalg.norm(across) <= half + 1e-6
        assert np.linalg.norm(np.cross(apart, across)) < 1e-6
        np.testing.assert_allclose(place.to_view(place.to_slice(pixel)), pixel, atol=1e-6)


def test_beside_the_volume_there_is_no_place(a_scene: Any, a_volume: Volume) -> None:
    assert place_of_view(a_view(a_scene, AXIAL, (0, 0, 500)), a_volume) is None


def test_zoom_and_pan_change_no_slice_and_scrolling_does(a_scene: Any, a_volume: Volume) -> None:
    first = place_of_view(a_view(a_scene, AXIAL), a_volume)
    zoomed = place_of_view(a_view(a_scene, AXIAL, size_mm=(20.0, 15.0), pan_mm=(4.0, 1.0)), a_volume)
    scrolled = place_of_view(a_view(a_scene, AXIAL, (19.2, 14.3, 25.0)), a_volume)
    assert first is not None and zoomed is not None and scrolled is not None
    assert first.key == zoomed.key != scrolled.key
    assert first.is_along(scrolled.grid)


def test_views_across_each_axis_show_the_volume_s_own_slices(a_scene: Any, a_volume: Volume) -> None:
    for name, axis in (("axial", "k"), ("sagittal", "i"), ("coronal", "j")):
        place = place_of_view(a_view(a_scene, VIEWS[name]), a_volume)
        assert place is not None
        assert place.shows(SliceGrid.along(a_volume.geometry, axis), place.index)
