"""A cross-section holds exactly what the box and the slice have in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.mrml.tilted_box import TiltedBox
from testkit.geometries import geometries
from testkit.mrml_nodes import a_rotation

SIZE = (12, 9)


def _holds(box: TiltedBox, points: np.ndarray, slack: float) -> np.ndarray:
    inside = np.linalg.solve(box.axes, (points - box.centre).T)
    return np.all(np.abs(inside) <= 1 + slack, axis=0)


def _polygon_holds(polygon: np.ndarray, point: np.ndarray, slack: float) -> bool:
    sides = np.roll(polygon, -1, axis=0) - polygon
    away = point - polygon
    return bool(np.all(sides[:, 0] * away[:, 1] - sides[:, 1] * away[:, 0] >= -slack))


@settings(deadline=None, max_examples=60)
@given(geometry=geometries(sheared=True), place=st.tuples(*[st.floats(-2, 10)] * 3), k=st.integers(0, 8))
def test_a_point_of_the_slice_is_in_the_section_if_it_is_in_the_box(geometry, place, k) -> None:
    box = TiltedBox(geometry.ijk_to_ras[:3, :3], np.array(place))
    polygon = box.section(k, SIZE)
    assert np.all((polygon >= -0.5 - 1e-9) & (polygon <= np.array(SIZE) - 0.5 + 1e-9))
    pixels = np.stack(np.meshgrid(*(np.arange(-2, n + 2, 0.5) for n in SIZE)), -1).reshape(-1, 2)
    in_image = np.all((pixels > -0.5) & (pixels < np.array(SIZE) - 0.5), axis=1)
    on_slice = np.column_stack([pixels, np.full(len(pixels), k)])
    surely, perhaps = _holds(box, on_slice, -1e-4) & in_image, _holds(box, on_slice, 1e-4) & in_image
    for point, sure, possible in zip(pixels, surely, perhaps, strict=True):
        found = len(polygon) > 2 and _polygon_holds(polygon, point, 1e-6)
        assert not sure or found
        if found and np.all((point > -0.5) & (point < np.array(SIZE) - 0.5)):
            assert possible


def test_a_slice_beside_the_box_has_no_section() -> None:
    box = TiltedBox(np.eye(3), np.array([3.0, 3.0, 3.0]))
    assert len(box.section(4.5, SIZE)) == 0
    assert len(box.section(1.5, SIZE)) == 0


def test_a_box_beside_the_image_has_no_section_in_it() -> None:
    assert len(TiltedBox(np.eye(3), np.array([30.0, 3.0, 3.0])).section(3, SIZE)) == 0


def test_a_face_that_lies_on_a_slice_but_for_rounding_is_cut_whole() -> None:
    box = TiltedBox(a_rotation(30), np.array([5.0, 5.0, 3.0 + 1e-12]))
    for k in (2, 4):
        np.testing.assert_allclose(np.ptp(box.section(k, SIZE), axis=0), [2.7320508] * 2, atol=1e-6)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 0, 2)])
def test_a_box_along_the_voxels_is_upright_whichever_way_round(order: tuple[int, int, int]) -> None:
    axes = np.eye(3)[list(order)] * (-3.0, 5.0, 80.0)
    assert TiltedBox(axes, np.zeros(3)).is_upright


@pytest.mark.parametrize("degrees", [0.05, 45, 30, 89.9])
@pytest.mark.parametrize("axis", [(0, 0, 1), (1, 0, 0), (1, 1, 1)])
def test_a_box_that_leans_visibly_is_not_upright(degrees: float, axis: tuple[int, int, int]) -> None:
    assert not TiltedBox(a_rotation(degrees, axis) * 60.0, np.zeros(3)).is_upright


def test_rounding_leaves_a_box_upright() -> None:
    assert TiltedBox(a_rotation(1e-6) * 60.0, np.zeros(3)).is_upright
