"""A pixel of a slice view, a pixel of the grid made for it, and a place in the patient are one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.errors import OptionError
from medsam_core.geometry import Geometry
from medsam_core.mrml.matrices import as_array
from medsam_core.mrml.roi_prompts import roi_boxes
from medsam_core.mrml.slice_view_grid import grid_of_view, view_to_grid
from medsam_core.mrml.volume_node import volume_of
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume
from testkit.geometries import geometries
from testkit.mrml_nodes import (
    a_rotation,
    a_sheared_matrix,
    add_roi,
    add_slice_view,
    add_transform,
    add_volume,
    an_image,
    put_under,
)

laws = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])

# Right and up on screen, and towards the reader: radiological axial, sagittal, coronal; and flipped ones.
VIEWS = {
    "axial": [[-1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "sagittal": [[0, 0, 1], [-1, 0, 0], [0, 1, 0]],
    "coronal": [[-1, 0, 0], [0, 0, 1], [0, 1, 0]],
    "axial from above": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "axial upside down": [[-1, 0, 0], [0, -1, 0], [0, 0, -1]],
    "coronal turned in its plane": [[-0.8, 0.6, 0], [0, 0, 1], [0.6, 0.8, 0]],
    "oblique": a_rotation(35, (1, 0.4, 0.2)),
    "oblique flipped": a_rotation(35, (1, 0.4, 0.2)) * (-1, 1, 1),
}
AXIS = {"axial": "k", "sagittal": "i", "coronal": "j", "axial from above": "k", "axial upside down": "k"}


def _slice_to_ras(directions: Any, origin: Any) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = directions, origin
    return matrix


def _volume(geometry: Geometry) -> Volume:
    return Volume(np.zeros(geometry.shape_kji, np.uint8), geometry, name="image")


@pytest.fixture
def a_volume() -> Volume:
    """40 x 30 x 20 voxels of 1 x 1 x 2 mm along the patient's axes."""
    return _volume(Geometry((40, 30, 20), np.diag([1.0, 1.0, 2.0, 1.0])))


def _check_places(node: Any, volume: Volume, grid: SliceGrid) -> None:
    """View pixels go through the grid to where the view itself puts them, and back."""
    matrix = view_to_grid(node, volume, grid)
    pixels = np.array([(0, 0), (63, 0), (12.25, 40.5), (-3, 50)], float)
    xy = np.column_stack([pixels, np.zeros(4), np.ones(4)])
    ras = (xy @ as_array(node.GetXYToRAS()).T)[:, :3]
    xyn = (xy @ matrix.T)[:, :3]
    slack = 1e-7 * (np.abs(ras).max() + np.abs(volume.geometry.origin_ras_mm).max() + 1)
    np.testing.assert_allclose(grid.geometry(volume.geometry).from_ijk(xyn, "ras"), ras, atol=slack)
    back = np.column_stack([xyn, np.ones(4)]) @ np.linalg.inv(matrix).T
    np.testing.assert_allclose(back[:, :3], xy[:, :3], atol=1e-5)


@pytest.mark.parametrize("name", VIEWS)
def test_view_to_grid_to_patient_is_view_to_patient(a_scene: Any, a_volume: Volume, name: str) -> None:
    node = add_slice_view(a_scene, _slice_to_ras(VIEWS[name], (19.2, 14.3, 17.7)), pan_mm=(3.5, -2.25))
    grid, _ = grid_of_view(node, a_volume)
    _check_places(node, a_volume, grid)


@laws
@given(geometry=geometries(sheared=True), turn=st.floats(0, 180), flip=st.booleans())
def test_it_holds_for_any_volume_and_any_view(
    a_scene: Any, geometry: Geometry, turn: float, flip: bool
) -> None:
    volume = _volume(Geometry((9, 8, 7), geometry.ijk_to_ras))
    directions = a_rotation(turn, (1, 2, 3)) * (-1 if flip else 1, 1, 1)
    centre = volume.geometry.from_ijk((4, 3.3, 3.2), "ras")
    node = add_slice_view(a_scene, _slice_to_ras(directions, centre))
    grid, index = grid_of_view(node, volume)
    _check_places(node, volume, grid)
    if grid.axis is None:
        n = (view_to_grid(node, volume, grid) @ np.array([[0, 0, 0, 1], [63, 47, 0, 1.0]]).T)[2]
        np.testing.assert_allclose(n, index, atol=1e-5)


@pytest.mark.parametrize("name", AXIS)
def test_a_view_along_the_voxels_shows_the_volume_s_own_slices(
    a_scene: Any, a_volume: Volume, name: str
) -> None:
    node = add_slice_view(a_scene, _slice_to_ras(VIEWS[name], (19.2, 14.3, 17.7)))
    grid, index = grid_of_view(node, a_volume)
    assert grid.axis == AXIS[name]
    assert index == {"i": 19, "j": 14, "k": 9}[grid.axis]


@laws
@given(
    geometry=geometries(sheared=True),
    axis=st.integers(0, 2),
    flips=st.tuples(st.sampled_from((1, -1)), st.sampled_from((1, -1))),
)
def test_a_view_along_any_two_voxel_axes_finds_the_slice_it_lies_on(
    a_scene: Any, geometry: Geometry, axis: int, flips: tuple[int, int]
) -> None:
    geometry = Geometry((9, 8, 7), geometry.ijk_to_ras)
    across = [n for n in range(3) if n != axis]
    right, along = (geometry.direction[:, n] * flip for n, flip in zip(across, flips, strict=True))
    normal = np.cross(right, along) / np.linalg.norm(np.cross(right, along))
    place = np.array([4.2, 3.7, 2.9])
    place[axis] = 5.3
    directions = np.column_stack([right, np.cross(normal, right), normal])
    node = add_slice_view(a_scene, _slice_to_ras(directions, geometry.from_ijk(place, "ras")))
    grid, index = grid_of_view(node, _volume(geometry))
    assert (grid.axis, index) == ("ijk"[axis], 5)


def test_a_view_that_leans_a_little_is_oblique_and_rounding_is_not(a_scene: Any, a_volume: Volume) -> None:
    for degrees, axis in ((1e-5, "k"), (2.0, None)):
        slice_to_ras = _slice_to_ras(a_rotation(degrees, (1, 0, 0)), (19, 14, 18))
        grid, _ = grid_of_view(add_slice_view(a_scene, slice_to_ras), a_volume)
        assert grid.axis == axis


def test_an_oblique_slice_goes_exactly_through_the_view(a_scene: Any, a_volume: Volume) -> None:
    node = add_slice_view(a_scene, _slice_to_ras(VIEWS["oblique"], (19.2, 14.3, 17.7)))
    grid, index = grid_of_view(node, a_volume)
    matrix = view_to_grid(node, a_volume, grid)
    for x, y in ((0, 0), (63, 0), (0, 47), (20.5, 30.5)):
        assert (matrix @ (x, y, 0, 1))[2] == pytest.approx(index, abs=1e-9)


def test_rows_of_an_oblique_slice_run_down_the_screen_and_columns_to_the_right(
    a_scene: Any, a_volume: Volume
) -> None:
    for name in ("oblique", "oblique flipped"):
        node = add_slice_view(a_scene, _slice_to_ras(VIEWS[name], (19.2, 14.3, 17.7)))
        matrix = view_to_grid(node, a_volume, grid_of_view(node, a_volume)[0])
        np.testing.assert_allclose(matrix[:2, :2], np.diag([1.25, -1.25]), atol=1e-9)


def test_panning_zooming_and_resizing_an_oblique_view_changes_no_pixel(
    a_scene: Any, a_volume: Volume
) -> None:
    slice_to_ras = _slice_to_ras(VIEWS["oblique"], (19.2, 14.3, 17.7))
    moved = slice_to_ras.copy()
    moved[:3, 3] += 4.3 * moved[:3, 0] - 7.7 * moved[:3, 1]
    nodes = [
        add_slice_view(a_scene, slice_to_ras),
        add_slice_view(a_scene, moved),
        add_slice_view(a_scene, slice_to_ras, (200, 100), (33.0, 16.5), (5.0, -3.0)),
    ]
    grids = [grid_of_view(node, a_volume) for node in nodes]
    first, index = grids[0]
    for grid, number in grids[1:]:
        assert (grid.size_xyn, number) == (first.size_xyn, index)
        np.testing.assert_allclose(grid.xyn_to_ijk, first.xyn_to_ijk, atol=1e-9)
        assert grid.plane_key(number) == first.plane_key(index)


def test_scrolling_by_a_pixel_is_the_next_slice_of_the_same_pile(a_scene: Any, a_volume: Volume) -> None:
    slice_to_ras = _slice_to_ras(VIEWS["oblique"], (19.2, 14.3, 17.7))
    scrolled = slice_to_ras.copy()
    scrolled[:3, 3] += scrolled[:3, 2]
    grid, index = grid_of_view(add_slice_view(a_scene, slice_to_ras), a_volume)
    next_grid, next_index = grid_of_view(add_slice_view(a_scene, scrolled), a_volume)
    assert next_grid.plane_key(next_index) == grid.plane_key(index + 1)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_beside_the_volume_is_refused_by_name(a_scene: Any, a_volume: Volume, name: str) -> None:
    slice_to_ras = _slice_to_ras(VIEWS[name], (20, 15, 20))
    slice_to_ras[:3, 3] += 100 * slice_to_ras[:3, 2]
    node = add_slice_view(a_scene, slice_to_ras)
    with pytest.raises(OptionError, match="view 'Red': does not cut the volume; scroll it into"):
        grid_of_view(node, a_volume)


def test_the_outer_half_of_the_last_slice_is_still_that_slice(a_scene: Any, a_volume: Volume) -> None:
    for s, index in ((38.9, 19), (-0.9, 0)):
        node = add_slice_view(a_scene, _slice_to_ras(VIEWS["axial"], (20, 15, s)))
        assert grid_of_view(node, a_volume)[1] == index
    node = add_slice_view(a_scene, _slice_to_ras(VIEWS["axial"], (20, 15, 39.1)))
    with pytest.raises(OptionError):
        grid_of_view(node, a_volume)


def test_a_view_without_a_plane_is_refused(a_scene: Any, a_volume: Volume) -> None:
    flat = _slice_to_ras([[1, 1, 0], [0, 0, 0], [0, 0, 1]], (20, 15, 20))
    with pytest.raises(OptionError, match="view 'Red': has no plane"):
        grid_of_view(add_slice_view(a_scene, flat), a_volume)


def test_a_tilted_volume_moves_its_own_slices_with_it(
    a_scene: Any, an_oblique_volume_node: Any, a_sheared_transform: Any
) -> None:
    volume = volume_of(put_under(an_oblique_volume_node, a_sheared_transform))
    i, j = volume.geometry.direction[:, 0], volume.geometry.direction[:, 1]
    normal = np.cross(i, j) / np.linalg.norm(np.cross(i, j))
    directions = np.column_stack([i, np.cross(normal, i), normal])
    node = add_slice_view(a_scene, _slice_to_ras(directions, volume.geometry.from_ijk((2, 2, 3), "ras")))
    grid, index = grid_of_view(node, volume)
    assert grid.is_native
    assert index == 3


def test_oblique_and_axis_aligned_prompting_of_one_plane_agree(a_scene: Any) -> None:
    """One ROI, one plane: the boxes in the volume's slice and in a reformatted slice cover the same place."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = a_rotation(20, (1, 2, 3)), (5, -6, 7)
    geometry = Geometry((30, 28, 26), matrix)
    volume = _volume(geometry)
    middle = geometry.from_ijk((14.5, 13.5, 12), "ras")
    node = add_slice_view(a_scene, _slice_to_ras(geometry.direction, middle))
    native, index = grid_of_view(node, volume)
    oblique, oblique_index = SliceGrid.oblique(geometry, as_array(node.GetSliceToRAS()))
    for turned in (geometry.direction, a_rotation(33, (3, 1, 2))):
        roi = add_roi(a_scene, middle, (11, 9, 13), turned)
        here = next(b for b in roi_boxes(roi, volume, grid=native) if index in b.slices_k)
        there = next(b for b in roi_boxes(roi, volume, grid=oblique) if oblique_index in b.slices_k)
        corners = oblique.to_ijk([(*there.min_ijk[:2], oblique_index), (*there.max_ijk[:2], oblique_index)])
        apart = np.abs(corners[:, :2] - [here.min_ijk[:2], here.max_ijk[:2]])
        assert apart.max() <= 1.0
        np.testing.assert_allclose(corners[:, 2], index, atol=1e-9)


def test_what_slicer_shows_at_a_pixel_is_the_volume_s_value_there(a_scene: Any) -> None:
    """Asked of Slicer's own slice pipeline: volume under a sheared transform, voxels not counted from 0."""
    import slicer
    from vtkmodules.util.numpy_support import vtk_to_numpy

    array = np.arange(20 * 30 * 40, dtype=np.float64).reshape(20, 30, 40)
    shown = add_volume(a_scene, array, np.diag([1.0, 1.0, 2.0, 1.0]))
    shown.SetAndObserveImageData(an_image(array, start_ijk=(5, -3, 2)))
    put_under(shown, add_transform(a_scene, a_sheared_matrix()))
    shown.CreateDefaultDisplayNodes()
    shown.GetDisplayNode().SetInterpolate(False)
    volume = volume_of(shown)
    application, logic = slicer.vtkMRMLApplicationLogic(), slicer.vtkMRMLSliceLogic()
    application.SetMRMLScene(a_scene)
    logic.SetMRMLScene(a_scene)
    logic.SetMRMLApplicationLogic(application)
    node = logic.AddSliceNode("Red")
    logic.GetSliceCompositeNode().SetBackgroundVolumeID(shown.GetID())
    node.SetOrientationToCoronal()
    node.SetDimensions(64, 48, 1)
    node.SetFieldOfView(64, 48, 1)
    node.JumpSliceByCentering(*volume.geometry.from_ijk((20, 15, 10), "ras"))
    logic.UpdatePipeline()
    reslice = logic.GetBackgroundLayer().GetReslice()
    reslice.Update()
    image_yx = vtk_to_numpy(reslice.GetOutput().GetPointData().GetScalars()).reshape(48, 64)
    grid, _ = grid_of_view(node, volume)
    xy = np.stack(np.meshgrid(np.arange(64), np.arange(48)), -1).reshape(-1, 2)
    xyn = np.column_stack([xy, np.zeros(len(xy)), np.ones(len(xy))]) @ view_to_grid(node, volume, grid).T
    ijk = grid.to_ijk(xyn[:, :3])
    sure = np.all((ijk > -0.49) & (ijk < np.array([39.49, 29.49, 19.49])), axis=1)
    sure &= np.all(np.abs(np.abs(ijk - np.round(ijk)) - 0.5) > 1e-3, axis=1)  # not between two voxels
    i, j, k = np.round(ijk[sure]).astype(int).T
    assert sure.sum() > 1000
    np.testing.assert_array_equal(image_yx[xy[sure, 1], xy[sure, 0]], volume.array_kji[k, j, i])
