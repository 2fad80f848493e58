"""The objects of a label map: connected parts of its labels, and what a user would mark of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from medsam_core.prompts import Box, SegmentPrompt

_NEIGHBOURS = np.ones((3, 3, 3), bool)


@dataclass(frozen=True, eq=False)
class TruthObject:
    """One connected part of one label.

    Attributes:
        label: its number in the label map.
        part: 1 for the label's largest part, and on.
        mask_kji: (k, j, i) bool.
        box: the smallest box around it.
    """

    label: int
    part: int
    mask_kji: np.ndarray
    box: Box

    @property
    def middle(self) -> int:
        """The slice halfway through it."""
        return (self.box.min_ijk[2] + self.box.max_ijk[2]) // 2

    @property
    def box_3d(self) -> SegmentPrompt:
        """The box around all of it."""
        return SegmentPrompt("object", 1, (_thick(self.box, self.mask_kji.shape),))

    @property
    def box_on_middle(self) -> SegmentPrompt:
        """The box around its middle slice."""
        return SegmentPrompt("object", 1, (self.box_on(self.middle),))

    def box_on(self, k: int) -> Box:
        """The box around one of its slices."""
        rows, columns = np.nonzero(self.mask_kji[k])
        low = (int(columns.min()), int(rows.min()), k)
        return _thick(Box(low, (int(columns.max()), int(rows.max()), k)), self.mask_kji.shape)


def objects_of(
    labels_kji: np.ndarray, fewest_voxels: int, fewest_slices: int, *, largest_only: bool = False
) -> Iterator[TruthObject]:
    """The parts of each label (26 neighbours) that are large enough, the largest of a label first."""
    for label in np.unique(labels_kji[labels_kji > 0]):
        parts, _ = ndimage.label(labels_kji == label, _NEIGHBOURS)
        sizes = np.bincount(parts.ravel())[1:]
        order = np.argsort(-sizes, kind="stable")[: 1 if largest_only else None]
        where = ndimage.find_objects(parts)
        for place, part in enumerate(order, 1):
            k, j, i = where[part]
            if sizes[part] < fewest_voxels or k.stop - k.start < fewest_slices:
                continue
            box = Box((i.start, j.start, k.start), (i.stop - 1, j.stop - 1, k.stop - 1))
            yield TruthObject(int(label), place, parts == part + 1, box)


def _thick(box: Box, shape_kji: tuple[int, ...]) -> Box:
    """Two columns and rows at least, as a prompt needs."""
    low, high = list(box.min_ijk), list(box.max_ijk)
    for axis in (0, 1):
        if low[axis] == high[axis]:
            if high[axis] == shape_kji[2 - axis] - 1:
                low[axis] -= 1
            else:
                high[axis] += 1
    return Box(tuple(low), tuple(high))  # type: ignore[arg-type]
