"""Snapshots of volume nodes: one for all who work on a volume, as long as anybody does."""

from __future__ import annotations

import weakref
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from medsam_core.mrml.volume_node import content_stamp, geometry_of, volume_of
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode


class SharedSnapshots:
    """Keeps no volume alive, and copies voxels only if nobody has them."""

    def __init__(self) -> None:
        self._known: weakref.WeakValueDictionary[tuple[Hashable, ...], Volume] = weakref.WeakValueDictionary()

    def of(self, node: vtkMRMLScalarVolumeNode) -> Volume:
        """A node's snapshot; see `volume_of`. The same object while the node stays what it is."""
        stamp = content_stamp(node)
        volume = self._known.get(stamp)
        if volume is None:
            volume = self._moved(node, stamp) or volume_of(node)
            self._known[stamp] = volume
        return volume

    def _moved(self, node: vtkMRMLScalarVolumeNode, stamp: tuple[Hashable, ...]) -> Volume | None:
        """The voxels that somebody has of this node, where they are now."""
        for known, volume in self._known.items():
            if known[:2] == stamp[:2]:
                return replace(volume, geometry=geometry_of(node))
        return None
