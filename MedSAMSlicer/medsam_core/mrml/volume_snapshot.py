"""The last volume node that was used, as the engine's volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.mrml.volume_node import content_stamp, volume_of
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode


class VolumeSnapshot:
    """Keeps one snapshot, which costs memory, until another volume is asked for or this one changes."""

    def __init__(self) -> None:
        self._held: tuple[object, Volume] | None = None

    def of(self, node: vtkMRMLScalarVolumeNode) -> Volume:
        """A node's snapshot; see `volume_of`."""
        stamp = content_stamp(node)
        if self._held is None or self._held[0] != stamp:
            self._held = None
            self._held = (stamp, volume_of(node))
        return self._held[1]
