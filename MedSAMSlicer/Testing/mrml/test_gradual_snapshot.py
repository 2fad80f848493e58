"""A snapshot made in steps is the one that is made at once."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.errors import VolumeError
from medsam_core.mrml.gradual_snapshot import GradualSnapshot
from medsam_core.mrml.volume_node import volume_of
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume, add_volume_on


def whole(snapshot: GradualSnapshot, seconds: float = 0.0) -> object:
    for _ in range(1000):
        volume = snapshot.step(seconds)
        if volume is not None:
            return volume
    raise AssertionError("it never became whole")


@pytest.mark.parametrize("components", [1, 3, 4])
def test_it_is_what_is_read_at_once(components: int) -> None:
    array = np.random.default_rng(0).integers(0, 255, (6, 5, 4, components), dtype=np.uint8)
    node = add_volume(a_new_scene(), array[..., 0] if components == 1 else array, name="CT")
    made, expected = whole(GradualSnapshot(node), 1e-7), volume_of(node)
    np.testing.assert_array_equal(made.array_kji, expected.array_kji)
    assert made.array_kji.dtype == expected.array_kji.dtype
    np.testing.assert_array_equal(made.ijk_to_ras, expected.ijk_to_ras)
    assert (made.name, made.modality, made.notes) == (expected.name, expected.modality, expected.notes)


def test_what_happens_to_the_node_afterwards_does_not_change_it() -> None:
    node = add_volume_on(a_new_scene(), an_oblique_geometry(), "CT")
    made, before = whole(GradualSnapshot(node), 1.0), volume_of(node)
    node.GetImageData().GetPointData().GetScalars().Fill(3)
    np.testing.assert_array_equal(made.array_kji, before.array_kji)


def test_a_volume_that_changes_meanwhile_is_read_anew() -> None:
    node = add_volume_on(a_new_scene(), an_oblique_geometry(), "CT")
    snapshot = GradualSnapshot(node)
    snapshot._copy[0], snapshot._done = 0, 1
    node.GetImageData().GetPointData().GetScalars().Fill(3)
    node.GetImageData().Modified()
    assert np.all(whole(snapshot, 1.0).array_kji == 3)


def test_a_node_without_voxels_is_refused() -> None:
    node = a_new_scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    with pytest.raises(VolumeError, match="has no voxels"):
        GradualSnapshot(node)
