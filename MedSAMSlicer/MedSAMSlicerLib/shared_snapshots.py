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
        volume = self.known(node)
        if volume is None:
            volume = volume_of(node)
            self.keep(node, volume)
        return volume

    def known(self, node: vtkMRMLScalarVolumeNode) -> Volume | None:
        """A node's snapshot, if nothing has to be copied for it."""
        stamp = content_stamp(node)
        volume = self._known.get(stamp) or self._moved(node, stamp)
        if volume is not None:
            self._known[stamp] = volume
        return volume

    def keep(self, node: vtkMRMLScalarVolumeNode, volume: Volume) -> None:
        """A snapshot of a node as it is now was made elsewhere."""
        self._known[content_stamp(node)] = volume

    def _moved(self, node: vtkMRMLScalarVolumeNode, stamp: tuple[Hashable, ...]) -> Volume | None:
        """The voxels that somebody has of this node, where they are now."""
        for known, volume in self._known.items():
            if known[:2] == stamp[:2]:
                return replace(volume, geometry=geometry_of(node))
        return None
