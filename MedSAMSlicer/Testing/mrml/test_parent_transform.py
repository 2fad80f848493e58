"""Where a node lies follows from every transform above it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from medsam_core.errors import PromptError, VolumeError
from medsam_core.mrml.parent_transform import parents_of, parents_stamp, to_world
from testkit.mrml_nodes import a_sheared_matrix, add_transform, put_under, vtk_matrix


def test_a_node_under_nothing_is_where_it_says(a_volume_node: Any) -> None:
    np.testing.assert_array_equal(to_world(a_volume_node), np.eye(4))
    assert list(parents_of(a_volume_node)) == []
    assert parents_stamp(a_volume_node) == ()


def test_transforms_compose_from_the_nearest_to_the_farthest(a_scene: Any, a_volume_node: Any) -> None:
    far, near = a_sheared_matrix(), np.diag([2.0, 3.0, -1.0, 1.0])
    far_node = add_transform(a_scene, far, "far")
    near_node = add_transform(a_scene, near, "near", far_node)
    put_under(a_volume_node, near_node)
    np.testing.assert_allclose(to_world(a_volume_node), far @ near, atol=1e-12)
    assert [parent.GetName() for parent in parents_of(a_volume_node)] == ["near", "far"]


def test_a_bending_transform_is_named_wherever_it_hangs(
    a_scene: Any, a_volume_node: Any, a_bending_transform: Any
) -> None:
    straight = add_transform(a_scene, a_sheared_matrix(), "straight", a_bending_transform)
    put_under(a_volume_node, straight)
    with pytest.raises(VolumeError, match=r"volume 'CT': .*'bending'.* not linear; harden"):
        to_world(a_volume_node)
    with pytest.raises(PromptError, match="ROI 'CT'"):
        to_world(a_volume_node, "ROI", PromptError)


def test_a_general_transform_that_is_linear_is_as_good_as_a_matrix(a_scene: Any, a_volume_node: Any) -> None:
    from vtkmodules.vtkCommonTransforms import vtkTransform

    turn = vtkTransform()
    turn.RotateWXYZ(30, 1, 2, 3)
    node = a_scene.AddNewNodeByClass("vtkMRMLTransformNode", "general")
    node.SetAndObserveTransformToParent(turn)
    put_under(a_volume_node, node)
    seen = turn.TransformPoint(1.0, 2.0, 3.0)
    np.testing.assert_allclose((to_world(a_volume_node) @ (1, 2, 3, 1))[:3], seen, atol=1e-12)


def test_the_stamp_changes_with_every_change_above_and_with_nothing_else(
    a_scene: Any, a_volume_node: Any
) -> None:
    far = add_transform(a_scene, np.eye(4), "far")
    near = add_transform(a_scene, np.eye(4), "near", far)
    stamps = [parents_stamp(a_volume_node)]
    put_under(a_volume_node, near)
    stamps.append(parents_stamp(a_volume_node))
    far.SetMatrixTransformToParent(vtk_matrix(a_sheared_matrix()))
    stamps.append(parents_stamp(a_volume_node))
    near.SetMatrixTransformToParent(vtk_matrix(a_sheared_matrix()))
    stamps.append(parents_stamp(a_volume_node))
    near.GetTransformToParent().Translate(1, 0, 0)
    stamps.append(parents_stamp(a_volume_node))
    put_under(near, None)
    stamps.append(parents_stamp(a_volume_node))
    assert len(set(stamps)) == len(stamps)
    near.SetName("renamed")
    assert parents_stamp(a_volume_node) == stamps[-1]


def test_a_stamp_is_taken_under_a_bending_transform_too(a_volume_node: Any, a_bending_transform: Any) -> None:
    put_under(a_volume_node, a_bending_transform)
    before = parents_stamp(a_volume_node)
    a_bending_transform.GetTransformToParent().SetBasisToR2LogR()
    assert parents_stamp(a_volume_node) != before
