"""A block of voxels of a volume: what is written into a segment, no larger than it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from medsam_core.prompts import Box


@dataclass(frozen=True, eq=False)
class VoxelPatch:
    """A mask on a block of a volume's voxels.

    Attributes:
        start_kji: index of the block's first voxel along k, j, i.
        mask_kji: (k, j, i) bool, of at least one voxel.
    """

    start_kji: tuple[int, int, int]
    mask_kji: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, mask_kji: np.ndarray) -> VoxelPatch:
        """The smallest block that holds a whole volume's mask; one voxel (False) of an empty one."""
        return cls((0, 0, 0), mask_kji).cropped()

    @classmethod
    def union(cls, patches: Sequence[VoxelPatch]) -> VoxelPatch:
        """All of them in one block; one voxel (False) if there are none."""
        if not patches:
            return cls((0, 0, 0), np.zeros((1, 1, 1), bool))
        start = np.min([p.start_kji for p in patches], axis=0)
        end = np.max([np.add(p.start_kji, p.mask_kji.shape) for p in patches], axis=0)
        mask = np.zeros(end - start, bool)
        for patch in patches:
            cls(tuple(np.subtract(patch.start_kji, start).tolist()), patch.mask_kji).paste(mask)
        return cls(tuple(start.tolist()), mask)

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Where it lies in an array (k, j, i) of the volume."""
        k, j, i = (slice(a, a + n) for a, n in zip(self.start_kji, self.mask_kji.shape, strict=True))
        return k, j, i

    @property
    def voxels(self) -> int:
        """How many are in the mask."""
        return int(np.count_nonzero(self.mask_kji))

    def box(self) -> Box:
        """The block as inclusive corners (i, j, k)."""
        low = tuple(int(a) for a in reversed(self.start_kji))
        high = tuple(a + int(n) - 1 for a, n in zip(low, reversed(self.mask_kji.shape), strict=True))
        return Box(low, high)  # type: ignore[arg-type]

    def cropped(self) -> VoxelPatch:
        """The smallest block with the same mask; one voxel (False) of an empty one."""
        bounds = []
        for axis in range(3):
            others = tuple(a for a in range(3) if a != axis)
            hits = np.any(self.mask_kji, axis=others).nonzero()[0]
            if not hits.size:
                return VoxelPatch(self.start_kji, np.zeros((1, 1, 1), bool))
            bounds.append((int(hits[0]), int(hits[-1]) + 1))
        block = self.mask_kji[tuple(slice(a, b) for a, b in bounds)]
        start = tuple(s + a for s, (a, _) in zip(self.start_kji, bounds, strict=True))
        return VoxelPatch(start, np.ascontiguousarray(block))  # type: ignore[arg-type]

    def paste(self, into_kji: np.ndarray) -> None:
        """Add the mask to a whole volume's mask, in place."""
        into_kji[self.slices] |= self.mask_kji
