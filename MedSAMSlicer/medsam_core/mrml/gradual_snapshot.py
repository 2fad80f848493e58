"""A volume node's snapshot made a few slices at a time, for who must not be held up."""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.mrml.node_names import clean_name
from medsam_core.mrml.volume_modality import modality_of
from medsam_core.mrml.volume_node import content_stamp, geometry_of, voxels_of
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLVolumeNode


class GradualSnapshot:
    """The same as `volume_of`, in steps. A volume that changes meanwhile is begun anew.

    512 x 512 x 200 voxels of 16 bits take 25 ms at once, and ten times that where memory is short.

    Args:
        node: of the volume.

    Raises:
        VolumeError: see `volume_of`.
    """

    def __init__(self, node: vtkMRMLVolumeNode) -> None:
        self.node = node
        self._begin()

    def step(self, seconds: float) -> Volume | None:
        """Go on for some time, for one slice at least.

        Returns:
            The snapshot once it is whole.

        Raises:
            VolumeError: the volume changed into one that cannot be used.
        """
        if content_stamp(self.node) != self._stamp:
            self._begin()
        end = time.perf_counter() + seconds
        voxels, notes = voxels_of(self.node)
        while self._done < len(voxels):
            self._copy[self._done] = voxels[self._done]
            self._done += 1
            if time.perf_counter() >= end:
                break
        if self._done < len(voxels):
            return None
        name = clean_name(self.node, "volume")
        return Volume(self._copy, geometry_of(self.node), modality_of(self.node), name, notes=notes)

    def _begin(self) -> None:
        geometry_of(self.node)
        voxels, _ = voxels_of(self.node)
        self._stamp: tuple[Hashable, ...] = content_stamp(self.node)
        self._copy = np.empty(voxels.shape, voxels.dtype)
        self._done = 0
