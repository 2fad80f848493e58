"""Only what a user has placed counts, and it lies where the world says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from medsam_core.errors import PromptError
from medsam_core.mrml.control_points import placed_points
from testkit.mrml_nodes import a_sheared_matrix, add_points, put_under

PLACES = [(1, 2, 3), (4, 5, 6), (7, 8, 9)]


def test_points_being_placed_unset_or_missing_are_left_out(a_scene: Any) -> None:
    node = add_points(a_scene, [*PLACES, (0, 0, 0)])
    node.UnsetNthControlPointPosition(0)
    node.SetNthControlPointPositionMissing(1)
    node.SetNthControlPointPosition(3, 0.0, 0.0, 0.0, node.PositionPreview)
    assert [point.ras_mm for point in placed_points(node)] == [PLACES[2]]


def test_labels_and_descriptions_come_along(a_scene: Any) -> None:
    node = add_points(a_scene, PLACES[:1])
    node.SetNthControlPointLabel(0, "edge")
    node.SetNthControlPointDescription(0, "negative")
    (point,) = placed_points(node)
    assert (point.label, point.description, point.subject) == (
        "edge", "negative", "point 'edge' of markups 'F'"
    )  # fmt: skip


def test_places_are_in_the_world(a_scene: Any, a_sheared_transform: Any) -> None:
    node = put_under(add_points(a_scene, PLACES), a_sheared_transform)
    expected = np.column_stack([PLACES, np.ones(3)]) @ a_sheared_matrix().T
    np.testing.assert_allclose([point.ras_mm for point in placed_points(node)], expected[:, :3], atol=1e-12)


def test_a_point_has_no_shape_to_bend_and_may_lie_under_any_transform(
    a_scene: Any, a_bending_transform: Any
) -> None:
    node = put_under(add_points(a_scene, [(5, 5, 5)]), a_bending_transform)
    expected = a_bending_transform.GetTransformToParent().TransformPoint(5.0, 5.0, 5.0)
    np.testing.assert_allclose(placed_points(node)[0].ras_mm, expected, atol=1e-6)


@pytest.mark.parametrize("place", [(np.nan, 0, 0), (0, np.inf, 0)])
def test_a_place_that_is_no_number_is_refused_by_name(a_scene: Any, place: Any) -> None:
    with pytest.raises(PromptError, match="point 'F-1' of markups 'F': has a place that is no number"):
        placed_points(add_points(a_scene, [place]))


def test_an_empty_list_has_no_points(a_scene: Any) -> None:
    assert placed_points(add_points(a_scene, [])) == []
