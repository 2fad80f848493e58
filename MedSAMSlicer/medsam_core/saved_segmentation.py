"""A segmentation as it lies in a file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from medsam_core.formats.header_checks import free_memory
from medsam_core.geometry import Geometry
from medsam_core.segment_colours import RGB
from medsam_core.voxel_patch import VoxelPatch

_NOTHING = VoxelPatch((0, 0, 0), np.zeros((1, 1, 1), bool))


@dataclass(frozen=True, eq=False)
class SavedSegment:
    """One segment of a file.

    Attributes:
        name: as the user called it, in one line of at most 128 characters.
        layer: number of the label map that it was in: segments of different ones may overlap.
        label: the value of its voxels there, 1 to 65535, another one for each segment of a layer.
        colour: (red, green, blue) in 0..1.
        patch: its voxels, on the file's grid; one voxel (False) if it has none.
        tags: texts kept with it, by name; the prompt journal among them.
    """

    name: str
    layer: int
    label: int
    colour: RGB
    patch: VoxelPatch = field(repr=False)
    tags: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class SavedSegmentation:
    """What `read_segmentation` gives.

    Attributes:
        geometry: of the file's voxels.
        segments: at least one, in the file's order.
    """

    geometry: Geometry
    segments: tuple[SavedSegment, ...]


def patches_in(labels_kji: np.ndarray, labels: Iterable[int]) -> dict[int, VoxelPatch]:
    """Label -> its voxels.

    Args:
        labels_kji: (k, j, i) uint8 or uint16; looked through once, however many labels there are.
        labels: those that are wanted.

    Raises:
        MemoryError: they would take more than half of what is free: each is a block of its own, and a few
            voxels in far corners, packed to nothing in a file, make it as large as the map.
    """
    blocks = ndimage.find_objects(labels_kji)
    found = {label: blocks[label - 1] if label <= len(blocks) else None for label in labels}
    sizes = (math.prod(part.stop - part.start for part in block) for block in found.values() if block)
    if 2 * sum(sizes) > free_memory():
        raise MemoryError
    return {
        label: _NOTHING
        if block is None
        else VoxelPatch(tuple(part.start for part in block), labels_kji[block] == label)
        for label, block in found.items()
    }
