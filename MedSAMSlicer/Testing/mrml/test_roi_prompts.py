"""An ROI's boxes hold the voxels inside of it, wherever ROI and volume lie and whatever turns them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.mrml.matrices import as_array
from medsam_core.mrml.roi_prompts import roi_boxes, roi_prompt
from medsam_core.mrml.volume_node import volume_of
from medsam_core.prompts import Box, Prompts
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume
from testkit.geometries import an_oblique_geometry, geometries
from testkit.mrml_nodes import (
    a_rotation,
    add_roi,
    add_transform,
    add_volume_on,
    put_under,
    vtk_matrix,
)

laws = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
turns = st.tuples(st.floats(0, 180), st.tuples(*[st.floats(0.1, 1)] * 3))

GEOMETRY = Geometry((40, 30, 20), np.diag([1.0, 1.0, 2.0, 1.0]))
CENTRE = (20.0, 15.0, 20.0)


@pytest.fixture
def a_volume() -> Volume:
    """40 x 30 x 20 voxels of 1 x 1 x 2 mm along the patient's axes."""
    return _volume(GEOMETRY)


def _volume(geometry: Geometry) -> Volume:
    return Volume(np.zeros(geometry.shape_kji, np.uint8), geometry, name="image")


def _inside(roi: Any, geometry: Geometry, slack: float) -> np.ndarray:
    """(k, j, i) whether a voxel's centre lies in the ROI: asked voxel by voxel, by the ROI's matrix."""
    kji = np.stack(np.meshgrid(*map(np.arange, geometry.shape_kji), indexing="ij"), -1)
    ras = geometry.from_ijk(kji[..., ::-1], "ras")
    to_roi = np.linalg.inv(as_array(roi.GetObjectToWorldMatrix()))
    place = ras @ to_roi[:3, :3].T + to_roi[:3, 3]
    return np.all(np.abs(place) <= np.array(roi.GetSize()) / 2 + slack, axis=-1)


def _filled(boxes: tuple[Box, ...], geometry: Geometry) -> np.ndarray:
    mask = np.zeros(geometry.shape_kji, bool)
    for box in boxes:
        mask[tuple(slice(a, b + 1) for a, b in zip(box.min_ijk, box.max_ijk, strict=True))[::-1]] = True
    return mask


@laws
@given(geometry=geometries(), seed=st.integers(0, 10_000))
def test_an_roi_along_the_voxels_is_the_box_of_the_voxels_inside(
    a_scene: Any, geometry: Geometry, seed: int
) -> None:
    geometry = Geometry((11, 10, 9), geometry.ijk_to_ras)
    random = np.random.default_rng(seed)
    centre = geometry.from_ijk(random.uniform(-1, 11, 3), "ras")
    roi = add_roi(a_scene, centre, random.uniform(1, 9, 3) * geometry.spacing_mm, geometry.direction)
    inside = _inside(roi, geometry, 1e-6)
    try:
        boxes = roi_boxes(roi, _volume(geometry))
    except PromptError:
        assert min(inside.any((0, 1)).sum(), inside.any((0, 2)).sum()) < 2
        return
    assert len(boxes) == 1
    np.testing.assert_array_equal(_filled(boxes, geometry), inside)


@laws
@given(turn=turns, size=st.tuples(*[st.floats(4, 30)] * 3), shift=st.floats(-25, 25))
def test_a_turned_roi_gives_each_slice_the_box_around_its_section(
    a_scene: Any, turn: tuple[float, Any], size: tuple[float, ...], shift: float
) -> None:
    roi = add_roi(a_scene, np.add(CENTRE, (shift, 0, shift)), size, a_rotation(*turn))
    try:
        boxes = roi_boxes(roi, _volume(GEOMETRY))
    except PromptError:
        # No slice has a section of two columns and rows: then no square of four centres lies inside either.
        inside = _inside(roi, GEOMETRY, -1e-6)
        assert not (inside[:, 1:, 1:] & inside[:, :-1, :-1]).any()
        return
    filled, inside = _filled(boxes, GEOMETRY), _inside(roi, GEOMETRY, -1e-6)
    for box in boxes:
        if len(boxes) == 1:
            return
        k, (x0, y0, x1, y1) = box.min_ijk[2], box.box_xyxy
        assert box.max_ijk[2] == k
        columns, rows = inside[k].any(0).nonzero()[0], inside[k].any(1).nonzero()[0]
        if columns.size:
            assert x0 <= columns[0] and columns[-1] <= x1 and y0 <= rows[0] and rows[-1] <= y1
    left_out = inside & ~filled
    assert not (left_out[:, 1:, 1:] & left_out[:, :-1, :-1]).any()


def test_a_section_is_tight_to_a_pixel(a_scene: Any, a_volume: Volume) -> None:
    roi = add_roi(a_scene, CENTRE, (10, 10, 12), a_rotation(45))
    half = 10 / np.sqrt(2)
    boxes = roi_boxes(roi, a_volume)
    assert [box.min_ijk[2] for box in boxes] == list(range(7, 14))
    for box in boxes:
        assert box.box_xyxy == (
            np.ceil(20 - half), np.ceil(15 - half), np.floor(20 + half), np.floor(15 + half)
        )  # fmt: skip


@laws
@given(moved=geometries(), turn=turns)
def test_one_transform_on_volume_and_roi_gives_the_same_voxels(
    a_scene: Any, moved: Geometry, turn: tuple[float, Any]
) -> None:
    node = add_volume_on(a_scene, an_oblique_geometry((12, 11, 10)))
    geometry = volume_of(node).geometry
    turned = a_rotation(*turn) @ geometry.direction
    roi = add_roi(a_scene, geometry.from_ijk((5.2, 5.1, 4.9), "ras"), (5.3, 6.1, 14.7), turned)
    before = roi_boxes(roi, volume_of(node))
    rigid = np.eye(4)
    rigid[:3, :3], rigid[:3, 3] = moved.direction, moved.origin_ras_mm
    transform = add_transform(a_scene, rigid * (1.5, 1.5, 1.5, 1.0))
    after = roi_boxes(put_under(roi, transform), volume_of(put_under(node, transform)))
    assert after == before


@laws
@given(parent=geometries(sheared=True), own=geometries(sheared=True, largest=9))
def test_under_shear_the_matrix_from_object_to_world_is_the_law(
    a_scene: Any, parent: Geometry, own: Geometry
) -> None:
    """Slicer keeps a sheared ROI a box at right angles; its boxes are those of that box made by hand."""
    transform = add_transform(a_scene, parent.ijk_to_ras)
    node = put_under(add_volume_on(a_scene, own), transform)
    volume = volume_of(node)
    middle = own.from_ijk((np.array(own.size_ijk) - 1) / 2, "ras")
    roi = put_under(add_roi(a_scene, middle, np.array(own.spacing_mm) * 3), transform)
    world = as_array(roi.GetObjectToWorldMatrix())
    scale = np.linalg.norm(world[:3, :3], axis=0)
    plain = add_roi(a_scene, world[:3, 3], np.array(roi.GetSize()) * scale, world[:3, :3] / scale)
    assert _boxes_or_none(roi, volume) == _boxes_or_none(plain, volume)


def _boxes_or_none(roi: Any, volume: Volume) -> tuple[Box, ...] | None:
    try:
        return roi_boxes(roi, volume)
    except PromptError:
        return None


def test_a_transform_on_the_roi_alone_moves_its_boxes(a_scene: Any, a_volume: Volume) -> None:
    roi = add_roi(a_scene, (0, 0, 0), (7, 7, 9))
    shift = np.eye(4)
    shift[:3, 3] = CENTRE
    put_under(roi, add_transform(a_scene, shift))
    assert roi_boxes(roi, a_volume) == (Box((17, 12, 8), (23, 18, 12)),)


def test_an_roi_of_points_is_the_box_around_them(a_scene: Any, a_volume: Volume) -> None:
    roi = a_scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "points")
    roi.SetROIType(roi.ROITypeBoundingBox)
    for place in ((10, 8, 6), (14, 5, 9), (12, 20, 12)):
        roi.AddControlPoint(*map(float, place))
    assert roi_boxes(roi, a_volume) == (Box((10, 5, 3), (14, 20, 6)),)


def test_a_part_outside_is_left_out(a_scene: Any, a_volume: Volume) -> None:
    roi = add_roi(a_scene, (0, 15, 0), (20, 10, 20))
    assert roi_boxes(roi, a_volume) == (Box((0, 10, 0), (10, 20, 5)),)
    turned = add_roi(a_scene, (0, 0, 0), (20, 20, 20), a_rotation(45))
    sections = roi_boxes(turned, a_volume)
    assert {box.box_xyxy for box in sections} == {(0, 0, 14, 14)}
    assert [box.min_ijk[2] for box in sections] == list(range(6))


@pytest.mark.parametrize(
    ("centre", "box_xyxy"),
    [
        ((45, 15), (31, 7, 39, 23)),
        ((-6, 15), (0, 7, 8, 23)),
        ((20, 35), (12, 21, 28, 29)),
        ((20, -6), (12, 0, 28, 8)),
    ],
)
def test_of_a_turned_roi_only_the_part_inside_counts(
    a_scene: Any, a_volume: Volume, centre: tuple[int, int], box_xyxy: tuple[int, ...]
) -> None:
    """A diamond, 14 from centre to corner: what it spans outside does not widen the box inside."""
    side = 14.2 * np.sqrt(2)
    roi = add_roi(a_scene, (*centre, 20), (side, side, 1), a_rotation(45))
    assert [box.box_xyxy for box in roi_boxes(roi, a_volume)] == [box_xyxy]


def test_a_corner_that_only_its_bounds_put_inside_is_outside(a_scene: Any, a_volume: Volume) -> None:
    roi = add_roi(a_scene, (-8, -8, 20), (16, 16, 8), a_rotation(45))
    with pytest.raises(PromptError, match="lies outside of the volume; move it"):
        roi_boxes(roi, a_volume)


@pytest.mark.parametrize("away", [(-90, 0, 0), (0, 90, 0), (0, 0, -90)])
@pytest.mark.parametrize("degrees", [0, 30])
def test_an_roi_wholly_outside_is_refused(a_scene: Any, a_volume: Volume, away: Any, degrees: float) -> None:
    roi = add_roi(a_scene, np.add(CENTRE, away), (10, 10, 10), a_rotation(degrees), name="lost")
    with pytest.raises(PromptError, match="ROI 'lost': lies outside of the volume; move it into"):
        roi_boxes(roi, a_volume)


@pytest.mark.parametrize("size", [(0.5, 20, 20), (20, 0.5, 20), (1.0, 20, 20)])
def test_an_roi_thinner_than_two_voxels_is_refused(a_scene: Any, a_volume: Volume, size: Any) -> None:
    roi = add_roi(a_scene, np.add(CENTRE, 0.25), size)
    with pytest.raises(PromptError, match="is too thin; make it larger"):
        roi_boxes(roi, a_volume)


@pytest.mark.parametrize("degrees", [0, 20])
def test_an_roi_between_two_slices_is_refused(a_scene: Any, a_volume: Volume, degrees: float) -> None:
    roi = add_roi(a_scene, (20, 15, 21), (9, 9, 1.5), a_rotation(degrees))
    with pytest.raises(PromptError, match="is too thin"):
        roi_boxes(roi, a_volume)


def test_an_empty_roi_is_refused(a_scene: Any, a_volume: Volume) -> None:
    fresh = a_scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "fresh")
    flat = add_roi(a_scene, CENTRE, (10, 0, 10))
    inverted = add_roi(a_scene, CENTRE, (10, -5, 10))
    for roi in (fresh, flat, inverted):
        with pytest.raises(PromptError, match="is empty; place it around the object"):
            roi_boxes(roi, a_volume)


def test_places_that_are_no_numbers_are_refused(a_scene: Any, a_volume: Volume) -> None:
    roi = add_roi(a_scene, CENTRE, (10, 10, 10))
    lost = np.eye(4)
    lost[0, 3] = np.nan
    roi.SetAndObserveObjectToNodeMatrix(vtk_matrix(lost))
    with pytest.raises(PromptError, match="ROI 'R'"):
        roi_boxes(roi, a_volume)


def test_a_bending_transform_is_refused(a_scene: Any, a_volume: Volume, a_bending_transform: Any) -> None:
    roi = put_under(add_roi(a_scene, CENTRE, (10, 10, 10)), a_bending_transform)
    with pytest.raises(PromptError, match=r"ROI 'R': .*'bending', which is not linear; harden"):
        roi_boxes(roi, a_volume)


def test_tracking_starts_in_the_middle_and_stays_in_the_box_around_all(
    a_scene: Any, a_volume: Volume
) -> None:
    roi = add_roi(a_scene, CENTRE, (14, 12, 20), a_rotation(35, (1, 1, 0.3)))
    sections = roi_boxes(roi, a_volume)
    start, limit = roi_boxes(roi, a_volume, propagation="track")
    assert start == sections[len(sections) // 2]
    assert limit.slices_k == range(sections[0].min_ijk[2], sections[-1].max_ijk[2] + 1)
    for box in sections:
        assert np.all(np.array(limit.min_ijk) <= box.min_ijk) and np.all(
            box.max_ijk <= np.array(limit.max_ijk)
        )


def test_tracking_an_upright_roi_takes_its_one_box(a_scene: Any, a_volume: Volume) -> None:
    roi = add_roi(a_scene, CENTRE, (10, 10, 10))
    assert roi_boxes(roi, a_volume, propagation="track") == roi_boxes(roi, a_volume)


def test_the_plan_of_track_starts_once_and_is_bounded_by_the_roi(a_scene: Any, a_volume: Volume) -> None:
    from medsam_core.propagation.track_plan import plan_track

    roi = add_roi(a_scene, CENTRE, (14, 12, 20), a_rotation(35, (1, 1, 0.3)))
    segment = roi_prompt(roi, a_volume, propagation="track")
    (start,) = plan_track(segment, a_volume.geometry.size_ijk[2]).starts
    sections = roi_boxes(roi, a_volume)
    assert (start.first, start.last) == (sections[0].min_ijk[2], sections[-1].min_ijk[2])
    assert start.prompts[0].box_xyxy is not None


def test_the_prompt_is_named_as_the_roi_and_valid_in_the_volume(a_scene: Any, a_volume: Volume) -> None:
    roi = add_roi(a_scene, CENTRE, (50, 50, 50), a_rotation(30, (1, 2, 3)), name="kidney\nleft")
    segment = roi_prompt(roi, a_volume, label=3)
    assert (segment.name, segment.label) == ("kidney left", 3)
    Prompts((segment,)).check_inside(a_volume.geometry)
    assert roi_prompt(roi, a_volume, name="other").name == "other"


@pytest.mark.parametrize("axis", ["i", "j"])
def test_on_slices_across_another_axis_the_box_covers_the_same_place(
    a_scene: Any, a_volume: Volume, axis: str
) -> None:
    roi = add_roi(a_scene, CENTRE, (10.5, 12.5, 16.5))
    grid = SliceGrid.along(a_volume.geometry, axis)
    (native,), (box,) = roi_boxes(roi, a_volume), roi_boxes(roi, a_volume, grid=grid)
    ends = np.sort(grid.to_ijk([box.min_ijk, box.max_ijk]), axis=0)
    size = 0.5 + np.abs(grid.xyn_to_ijk[:3, :3]).max()  # a pixel's centre may lie where no voxel's does
    assert np.all(np.abs(ends - [native.min_ijk, native.max_ijk]) <= size)
    assert (
        Prompts((roi_prompt(roi, a_volume, grid=grid),)).check_inside(grid.geometry(a_volume.geometry))
        is None
    )


def test_an_roi_along_an_oblique_pile_is_one_box_there(a_scene: Any, a_volume: Volume) -> None:
    plane = np.eye(4)
    plane[:3, :3], plane[:3, 3] = a_rotation(25, (1, 0.5, 0.2)), CENTRE
    grid, index = SliceGrid.oblique(a_volume.geometry, plane)
    roi = add_roi(a_scene, CENTRE, (9, 7, 5), plane[:3, :3])
    (box,) = roi_boxes(roi, a_volume, grid=grid)
    assert (box.size_ijk, list(box.slices_k)) == ((9, 7, 5), list(range(index - 2, index + 3)))
    assert len(roi_boxes(roi, a_volume)) > 1


def test_an_oblique_pile_on_the_volume_s_own_planes_gives_the_same_boxes(a_scene: Any) -> None:
    geometry = Geometry((30, 28, 26), np.diag([1.0, 1.0, 1.0, 1.0]))
    volume = _volume(geometry)
    grid, _ = SliceGrid.oblique(geometry, np.eye(4))
    for turned in (np.eye(3), a_rotation(33, (1, 2, 3))):
        roi = add_roi(a_scene, (14, 13, 12), (11, 9, 13), turned)
        assert roi_boxes(roi, volume, grid=grid) == roi_boxes(roi, volume)
