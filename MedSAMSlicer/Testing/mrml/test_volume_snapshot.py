"""One snapshot, as long as the volume stays what it is."""

from __future__ import annotations

import numpy as np

from medsam_core.mrml.volume_snapshot import VolumeSnapshot
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, a_sheared_matrix, add_transform, add_volume_on, put_under


def test_a_snapshot_is_kept_until_the_volume_changes_or_moves() -> None:
    scene = a_new_scene()
    node, other = (add_volume_on(scene, an_oblique_geometry(), name) for name in ("CT", "MR"))
    snapshot = VolumeSnapshot()
    first = snapshot.of(node)
    assert snapshot.of(node) is first
    put_under(node, add_transform(scene, a_sheared_matrix()))
    moved = snapshot.of(node)
    assert np.allclose(moved.ijk_to_ras, a_sheared_matrix() @ first.ijk_to_ras)
    assert np.shares_memory(moved.array_kji, first.array_kji), "what only moved is not copied"
    node.GetImageData().GetPointData().GetScalars().Fill(3)
    node.GetImageData().Modified()
    assert np.all(snapshot.of(node).array_kji == 3)
    assert snapshot.of(other).name == "MR"
    assert snapshot.of(node).name == "CT"
