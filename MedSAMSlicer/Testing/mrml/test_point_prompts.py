"""A point clicks the voxel that it lies in, and is positive unless the user said otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.mrml.point_prompts import point_prompt, points_of
from medsam_core.mrml.volume_node import volume_of
from medsam_core.prompts import Point, Prompts
from medsam_core.slice_grid import SliceGrid
from testkit.geometries import geometries
from testkit.mrml_nodes import a_rotation, add_points, add_transform, add_volume_on, put_under

laws = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@laws
@given(own=geometries(sheared=True), parent=geometries(sheared=True), data=st.data())
def test_a_point_at_a_voxel_s_centre_is_that_voxel(
    a_scene: Any, own: Geometry, parent: Geometry, data: st.DataObject
) -> None:
    voxel = tuple(data.draw(st.integers(0, n - 1)) for n in own.size_ijk)
    volume = volume_of(put_under(add_volume_on(a_scene, own), add_transform(a_scene, parent.ijk_to_ras)))
    node = add_points(a_scene, [volume.geometry.from_ijk(voxel, "ras")])
    assert points_of(node, volume) == (Point(voxel),)


@laws
@given(own=geometries(sheared=True), parent=geometries(sheared=True), data=st.data())
def test_one_transform_on_volume_and_points_changes_nothing(
    a_scene: Any, own: Geometry, parent: Geometry, data: st.DataObject
) -> None:
    inside = tuple(data.draw(st.floats(-0.4, n - 0.6)) for n in own.size_ijk)
    node, points = add_volume_on(a_scene, own), add_points(a_scene, [own.from_ijk(inside, "ras")])
    near_a_face = np.abs(np.abs(np.array(inside) - np.round(inside)) - 0.5).min() < 1e-6
    before = points_of(points, volume_of(node))
    transform = add_transform(a_scene, parent.ijk_to_ras)
    after = points_of(put_under(points, transform), volume_of(put_under(node, transform)))
    assert near_a_face or after == before


def test_a_node_of_its_own_makes_points_negative(a_scene: Any, a_volume_node: Any) -> None:
    positive, negative = add_points(a_scene, [(1, 1, 2)], "in"), add_points(a_scene, [(3, 3, 4)], "out")
    segment = point_prompt(positive, volume_of(a_volume_node), negative=negative, label=2)
    assert segment.points == (Point((1, 1, 1)), Point((3, 3, 2), positive=False))
    assert (segment.name, segment.label) == ("in", 2)


@pytest.mark.parametrize(
    ("label", "description", "positive"),
    [
        ("F-1", "", True),
        ("-", "", False),
        ("- vessel", "", False),
        ("F-1", "negative", False),
        ("F-1", " Negative ", False),
        ("F-1", "-", False),
        ("F-1", "positive", True),
        ("F-1", "not negative", True),
    ],
)
def test_a_point_s_own_label_or_description_makes_it_negative(
    a_scene: Any, a_volume_node: Any, label: str, description: str, positive: bool
) -> None:
    node = add_points(a_scene, [(1, 1, 2)])
    node.SetNthControlPointLabel(0, label)
    node.SetNthControlPointDescription(0, description)
    assert points_of(node, volume_of(a_volume_node))[0].positive is positive


def test_no_mark_makes_a_negative_node_s_point_positive(a_scene: Any, a_volume_node: Any) -> None:
    node = add_points(a_scene, [(1, 1, 2)])
    node.SetNthControlPointDescription(0, "-")
    assert not points_of(node, volume_of(a_volume_node), positive=False)[0].positive


def test_points_not_yet_placed_are_left_out(a_scene: Any, a_volume_node: Any) -> None:
    node = add_points(a_scene, [(1, 1, 2), (2, 2, 2)])
    node.SetNthControlPointPosition(1, 9e9, 0.0, 0.0, node.PositionPreview)
    assert points_of(node, volume_of(a_volume_node)) == (Point((1, 1, 1)),)


def test_a_point_outside_is_refused_by_its_label(a_scene: Any, a_volume_node: Any) -> None:
    node = add_points(a_scene, [(1, 1, 2), (50, 1, 2)])
    node.SetNthControlPointLabel(1, "stray")
    volume = volume_of(a_volume_node)
    for grid in (None, SliceGrid.along(volume.geometry, "j")):
        with pytest.raises(PromptError, match="point 'stray' of markups 'F': lies outside of the volume"):
            points_of(node, volume, grid=grid)


def test_negative_points_alone_prompt_nothing(a_scene: Any, a_volume_node: Any) -> None:
    node = add_points(a_scene, [(1, 1, 2)])
    node.SetNthControlPointDescription(0, "negative")
    with pytest.raises(PromptError, match="no positive point"):
        point_prompt(node, volume_of(a_volume_node))


@laws
@given(geometry=geometries(sheared=True), axis=st.sampled_from("ijk"), data=st.data())
def test_on_slices_along_an_axis_the_nearest_pixel_is_clicked_at_every_voxel(
    a_scene: Any, geometry: Geometry, axis: str, data: st.DataObject
) -> None:
    voxel = tuple(data.draw(st.integers(0, n - 1)) for n in geometry.size_ijk)
    volume = volume_of(add_volume_on(a_scene, geometry))
    grid = SliceGrid.along(volume.geometry, axis)
    segment = point_prompt(add_points(a_scene, [volume.geometry.from_ijk(voxel, "ras")]), volume, grid=grid)
    Prompts((segment,)).check_inside(grid.geometry(volume.geometry))
    (point,) = segment.points
    assert point.ijk[2] == voxel["ijk".index(axis)]
    assert np.all(np.abs(np.subtract(point.ijk, grid.to_xyn(voxel))) <= 1 + 1e-6)


def test_on_oblique_slices_the_point_lies_on_the_nearest_one(
    a_scene: Any, an_oblique_volume_node: Any
) -> None:
    volume = volume_of(an_oblique_volume_node)
    plane = np.eye(4)
    plane[:3, :3], plane[:3, 3] = a_rotation(40, (1, 2, 3)), volume.geometry.from_ijk((3, 2, 2), "ras")
    grid, index = SliceGrid.oblique(volume.geometry, plane)
    node = add_points(a_scene, [plane[:3, 3], plane[:3, 3] + plane[:3, 2] * min(volume.spacing_mm)])
    (here, above) = points_of(node, volume, grid=grid)
    assert (here.ijk[2], above.ijk[2]) == (index, index + 1)
    assert here.ijk[:2] == above.ijk[:2]
