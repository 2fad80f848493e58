"""The last volume node that was used, as the engine's volume."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from medsam_core.mrml.volume_node import content_stamp, geometry_of, volume_of
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode


class VolumeSnapshot:
    """Keeps one snapshot, which costs memory, until another volume is asked for or this one changes.

    A volume that was moved, and not changed, gives a snapshot of the same voxels: no copy is made.
    """

    def __init__(self) -> None:
        self._held: tuple[tuple[Hashable, ...], Volume] | None = None

    def of(self, node: vtkMRMLScalarVolumeNode) -> Volume:
        """A node's snapshot; see `volume_of`."""
        stamp = content_stamp(node)
        held, self._held = self._held, None
        if held is None or held[0][:2] != stamp[:2]:
            held = None  # its memory is free before the next copy is made
            held = (stamp, volume_of(node))
        elif held[0] != stamp:
            held = (stamp, replace(held[1], geometry=geometry_of(node)))
        self._held = held
        return held[1]
