"""Axes drawn on some slices become the boxes around the object there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.mrml.line_prompts import line_boxes, line_prompt
from medsam_core.mrml.volume_node import volume_of
from medsam_core.prompts import Box, Prompts
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume
from testkit.geometries import geometries
from testkit.mrml_nodes import a_rotation, add_line, add_transform, add_volume_on, put_under

laws = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def a_volume() -> Volume:
    """40 x 30 x 20 voxels of 1 x 1 x 2 mm along the patient's axes."""
    geometry = Geometry((40, 30, 20), np.diag([1.0, 1.0, 2.0, 1.0]))
    return Volume(np.zeros(geometry.shape_kji, np.uint8), geometry)


def test_two_crossing_lines_are_boxed_by_their_ends(a_scene: Any, a_volume: Volume) -> None:
    lines = [add_line(a_scene, (5, 10, 8), (25, 12, 8)), add_line(a_scene, (14, 4, 8), (16, 18, 8))]
    assert line_boxes(lines, a_volume) == (Box((5, 4, 4), (25, 18, 4)),)


def test_a_line_alone_is_the_long_axis_of_an_ellipse(a_scene: Any, a_volume: Volume) -> None:
    assert line_boxes([add_line(a_scene, (10, 15, 8), (30, 15, 8))], a_volume) == (
        Box((10, 8, 4), (30, 23, 4)),
    )


def test_slices_come_in_order_and_each_has_its_own_box(a_scene: Any, a_volume: Volume) -> None:
    lines = [add_line(a_scene, (5, 15, z), (5 + z, 15, z)) for z in (30, 4, 16)]
    boxes = line_boxes(lines, a_volume)
    assert [box.min_ijk[2] for box in boxes] == [2, 8, 15]
    assert [box.size_ijk[0] for box in boxes] == [5, 17, 31]


def test_two_objects_on_one_slice_are_two_boxes(a_scene: Any, a_volume: Volume) -> None:
    lines = [add_line(a_scene, (4, 6, 8), (10, 6, 8)), add_line(a_scene, (25, 20, 8), (35, 20, 8))]
    assert len(line_boxes(lines, a_volume)) == 2


def test_the_ellipse_is_cut_at_the_edge_of_the_image(a_scene: Any, a_volume: Volume) -> None:
    (box,) = line_boxes([add_line(a_scene, (10, 1, 8), (30, 1, 8))], a_volume)
    assert (box.min_ijk, box.max_ijk) == ((10, 0, 4), (30, 9, 4))


def test_a_line_between_two_slices_goes_to_the_nearer_one(a_scene: Any, a_volume: Volume) -> None:
    (box,) = line_boxes([add_line(a_scene, (10, 15, 8.8), (30, 15, 8.9))], a_volume)
    assert box.min_ijk[2] == 4
    (box,) = line_boxes([add_line(a_scene, (10, 15, 8.9), (30, 15, 9.3))], a_volume)
    assert box.min_ijk[2] == 5


def test_a_line_through_several_slices_is_refused_by_name(a_scene: Any, a_volume: Volume) -> None:
    line = add_line(a_scene, (10, 15, 8), (30, 15, 12), "slanted")
    with pytest.raises(
        PromptError, match=r"line 'slanted': runs from slice 4\.0 to slice 6\.0; draw it on one"
    ):
        line_boxes([line], a_volume)


def test_an_unfinished_line_is_refused(a_scene: Any, a_volume: Volume) -> None:
    line = add_line(a_scene, (10, 15, 8), (30, 15, 8))
    line.SetNthControlPointPosition(1, 30.0, 15.0, 8.0, line.PositionPreview)
    with pytest.raises(PromptError, match="line 'L': is not finished; place both"):
        line_boxes([line], a_volume)


def test_a_line_without_length_is_refused(a_scene: Any, a_volume: Volume) -> None:
    with pytest.raises(PromptError, match="line 'L': has no length"):
        line_boxes([add_line(a_scene, (10, 15, 8), (10, 15, 8))], a_volume)


def test_axes_that_lie_on_each_other_span_no_box(a_scene: Any, a_volume: Volume) -> None:
    lines = [add_line(a_scene, (10, 15, 8), (30, 15, 8)), add_line(a_scene, (12, 15, 8), (28, 15, 8))]
    with pytest.raises(PromptError, match="draw the axes across each other"):
        line_boxes(lines, a_volume)


def test_an_end_outside_is_refused(a_scene: Any, a_volume: Volume) -> None:
    with pytest.raises(PromptError, match="of markups 'L': lies outside of the volume"):
        line_boxes([add_line(a_scene, (10, 15, 8), (90, 15, 8))], a_volume)


def test_no_line_is_refused(a_volume: Volume) -> None:
    with pytest.raises(PromptError, match="lines: there are none"):
        line_prompt([], a_volume)


def test_the_prompt_is_valid_and_named_as_the_first_line(a_scene: Any, a_volume: Volume) -> None:
    lines = [add_line(a_scene, (10, 15, z), (30, 15, z), f"axis {z}") for z in (8, 20)]
    segment = line_prompt(lines, a_volume, label=4)
    assert (segment.name, segment.label, len(segment.boxes)) == ("axis 8", 4, 2)
    Prompts((segment,)).check_inside(a_volume.geometry)


@laws
@given(geometry=geometries(sheared=True), parent=geometries(sheared=True), angle=st.floats(0, 3.1))
def test_one_transform_on_volume_and_lines_gives_the_same_boxes_for_a_cross(
    a_scene: Any, geometry: Geometry, parent: Geometry, angle: float
) -> None:
    geometry = Geometry((20, 18, 5), geometry.ijk_to_ras)
    node = add_volume_on(a_scene, geometry)
    long = np.array([np.cos(angle), np.sin(angle), 0]) * 7.3
    short = np.array([-np.sin(angle), np.cos(angle), 0]) * 4.1
    ends = [(np.array([9.6, 8.7, 2]) + sign * half) for half in (long, short) for sign in (-1, 1)]
    places = geometry.from_ijk(ends, "ras")
    lines = [add_line(a_scene, *places[:2]), add_line(a_scene, *places[2:])]
    before = line_boxes(lines, volume_of(node))
    transform = add_transform(a_scene, parent.ijk_to_ras)
    for moved in (node, *lines):
        put_under(moved, transform)
    assert line_boxes(lines, volume_of(node)) == before


def test_on_an_oblique_pile_lines_are_boxed_in_its_own_pixels(a_scene: Any, a_volume: Volume) -> None:
    plane = np.eye(4)
    plane[:3, :3], plane[:3, 3] = a_rotation(30, (1, 0.4, 0)), (20, 15, 20)
    grid, index = SliceGrid.oblique(a_volume.geometry, plane)
    x, y = plane[:3, 0], plane[:3, 1]
    lines = [
        add_line(a_scene, plane[:3, 3] - 8 * x, plane[:3, 3] + 8 * x),
        add_line(a_scene, plane[:3, 3] - 5 * y, plane[:3, 3] + 6 * y),
    ]
    (box,) = line_boxes(lines, a_volume, grid=grid)
    assert box.size_ijk == (17, 12, 1)
    assert box.min_ijk[2] == index
    with pytest.raises(PromptError, match="runs from slice"):
        line_boxes(lines, a_volume)
