"""One snapshot for all who work on a volume."""

from __future__ import annotations

import gc
import weakref

import numpy as np

from MedSAMSlicerLib.shared_snapshots import SharedSnapshots
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, a_sheared_matrix, add_transform, add_volume_on, put_under


def test_all_who_ask_get_the_same_until_the_volume_changes() -> None:
    scene, shared = a_new_scene(), SharedSnapshots()
    node = add_volume_on(scene, an_oblique_geometry(), "CT")
    first = shared.of(node)
    assert shared.of(node) is first
    node.GetImageData().GetPointData().GetScalars().Fill(3)
    node.GetImageData().Modified()
    assert np.all(shared.of(node).array_kji == 3)
    assert not np.all(first.array_kji == 3), "a snapshot does not change"


def test_what_only_moved_is_not_copied() -> None:
    scene, shared = a_new_scene(), SharedSnapshots()
    node = add_volume_on(scene, an_oblique_geometry(), "CT")
    first = shared.of(node)
    put_under(node, add_transform(scene, a_sheared_matrix()))
    moved = shared.of(node)
    assert np.allclose(moved.ijk_to_ras, a_sheared_matrix() @ first.ijk_to_ras)
    assert np.shares_memory(moved.array_kji, first.array_kji)


def test_two_nodes_with_equal_voxels_are_two_volumes() -> None:
    scene, shared = a_new_scene(), SharedSnapshots()
    nodes = [add_volume_on(scene, an_oblique_geometry(), name) for name in ("CT", "MR")]
    volumes = [shared.of(node) for node in nodes]
    assert [volume.name for volume in volumes] == ["CT", "MR"]


def test_a_snapshot_that_nobody_works_on_is_gone() -> None:
    scene, shared = a_new_scene(), SharedSnapshots()
    node = add_volume_on(scene, an_oblique_geometry(), "CT")
    seen = weakref.ref(shared.of(node))
    gc.collect()
    assert seen() is None
