"""Observers of real nodes."""

from __future__ import annotations

from MedSAMSlicerLib.node_watch import NodeWatch
from testkit.mrml_nodes import a_new_scene


def test_it_calls_until_it_is_cleared() -> None:
    node = a_new_scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    watch, told = NodeWatch(), []
    watch.on(node, "ModifiedEvent", lambda: told.append("node"))
    watch.on(None, "ModifiedEvent", lambda: told.append("nothing"))
    node.Modified()
    watch.clear()
    node.Modified()
    assert told == ["node"]
