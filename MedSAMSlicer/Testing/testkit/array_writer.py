"""Segments in plain arrays: a second implementation of `SegmentWriter`, simple enough to be read at a glance.

What the one over Slicer's editor does beyond (editable area, intensity range, other grids, transforms) is not
here; what both do is the same, so that tests of a session need no scene.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from medsam_core.errors import OutputError
from medsam_core.prompts import Box
from medsam_core.segment_colours import RGB, palette_colour
from medsam_core.session.segment_writer import SegmentEdit, SegmentInfo, WriteRecord
from medsam_core.voxel_patch import VoxelPatch


@dataclass(frozen=True, eq=False)
class ArraySegment:
    """A segment as it is at one moment; its mask is never changed in place."""

    info: SegmentInfo
    mask_kji: np.ndarray
    tags: dict[str, str] = field(default_factory=dict)


class ArrayWriter:
    """Segments of one volume; each write is one step of undo.

    Args:
        shape_kji: of the volume.
        protect_others: whether voxels of all other segments are protected, not only of those marked so.

    Attributes:
        writes: the edits of every write, in order.
    """

    def __init__(self, shape_kji: tuple[int, int, int], protect_others: bool = False) -> None:
        self.shape_kji = shape_kji
        self.protect_others = protect_others
        self.writes: list[tuple[SegmentEdit, ...]] = []
        self._protected: set[str] = set()
        self._now: dict[str, ArraySegment] = {}
        self._past: list[dict[str, ArraySegment]] = []
        self._future: list[dict[str, ArraySegment]] = []

    def segments(self) -> tuple[SegmentInfo, ...]:
        return tuple(
            replace(segment.info, protected=one in self._protected) for one, segment in self._now.items()
        )

    def add_segment(self, name: str, colour: RGB | None = None) -> str:
        number = len(self._now) + 1
        info = SegmentInfo(f"Segment_{number}", name, colour or palette_colour(number))
        self._now = {**self._now, info.segment_id: ArraySegment(info, np.zeros(self.shape_kji, bool))}
        return info.segment_id

    def remove_segment(self, segment_id: str) -> None:
        """As a user does in a face's own list: a step of undo that the session does not see."""
        self._past.append(self._now)
        self._future.clear()
        self._now = {one: segment for one, segment in self._now.items() if one != segment_id}

    def protect(self, segment_id: str, protected: bool = True) -> None:
        self._segment(segment_id)
        (self._protected.add if protected else self._protected.discard)(segment_id)  # no undo changes it

    def mask_kji(self, segment_id: str) -> np.ndarray:
        return self._segment(segment_id).mask_kji

    def read(self, segment_id: str, region: Box | None = None) -> VoxelPatch:
        mask = self._segment(segment_id).mask_kji
        if region is None:
            return VoxelPatch.of(mask)
        return VoxelPatch(tuple(reversed(region.min_ijk)), mask[_slices(region)].copy())

    def protected(self, segment_id: str, region: Box) -> np.ndarray:
        blocked = np.zeros(self.shape_kji, bool)[_slices(region)]
        for other, segment in self._now.items():
            if other != segment_id and (self.protect_others or other in self._protected):
                blocked |= segment.mask_kji[_slices(region)]
        return blocked

    def write(self, edits: Sequence[SegmentEdit]) -> WriteRecord:
        started = time.perf_counter()
        after, changed = dict(self._now), Counter()
        for edit in edits:
            segment = after.get(edit.segment_id) or self._segment(edit.segment_id)
            if edit.segment_id in self._protected:
                raise OutputError(f"segment '{segment.info.name}'", "is protected", "unlock it")
            mask = segment.mask_kji.copy()
            block = mask[edit.patch.slices]
            free = ~self.protected(edit.segment_id, edit.patch.box())
            if edit.mode == "add":
                block |= edit.patch.mask_kji & free
            elif edit.mode == "erase":
                block &= ~edit.patch.mask_kji
            else:
                block[...] = edit.patch.mask_kji & free
            changed[edit.segment_id] += int(np.count_nonzero(mask != segment.mask_kji))
            after[edit.segment_id] = replace(segment, mask_kji=mask, tags={**segment.tags, **edit.tags})
        self.writes.append(tuple(edits))
        self._past.append(self._now)
        self._future.clear()
        self._now = after
        return WriteRecord(time.perf_counter() - started, dict(changed))

    def tag(self, segment_id: str, name: str) -> str | None:
        return self._now[segment_id].tags.get(name) if segment_id in self._now else None

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    def undo(self) -> bool:
        return self._travel(self._past, self._future)

    def redo(self) -> bool:
        return self._travel(self._future, self._past)

    def _travel(self, source: list, target: list) -> bool:
        if not source:
            return False
        target.append(self._now)
        self._now = source.pop()
        return True

    def _segment(self, segment_id: str) -> ArraySegment:
        if segment_id not in self._now:
            raise OutputError("segment", f"there is none with the id '{segment_id}'", "add it first")
        return self._now[segment_id]


def _slices(region: Box) -> tuple[slice, ...]:
    return tuple(
        slice(low, high + 1) for low, high in zip(region.min_ijk[::-1], region.max_ijk[::-1], strict=True)
    )
