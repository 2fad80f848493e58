"""What a session did to a segment, prompt by prompt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.session.live_prompt import LivePrompt
from medsam_core.session.segment_run import SegmentRun
from medsam_core.voxel_patch import VoxelPatch

if TYPE_CHECKING:
    from medsam_core.journal_entry import JournalEntry


@dataclass(frozen=True, eq=False)
class Deed:
    """Something that was written into a segment.

    Attributes:
        entries: how to do it again.
        prompt, patch: the accepted prompt of one slice and the voxels it wrote; None of anything else, or
            where only the journal is left.
        run: the slices of a propagation, as written; None of anything else.
        is_correction: whether it mended a propagation.
    """

    entries: tuple[JournalEntry, ...]
    prompt: LivePrompt | None = None
    patch: VoxelPatch | None = field(default=None, repr=False)
    run: SegmentRun | None = None
    is_correction: bool = False


@dataclass(frozen=True)
class SegmentState:
    """All deeds on one segment that are still in it, in their order. Goes with the segment's undo."""

    deeds: tuple[Deed, ...] = ()

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """How to do all of it again."""
        return tuple(entry for deed in self.deeds for entry in deed.entries)

    @property
    def run_deeds(self) -> tuple[Deed, ...]:
        """The propagation that was written last and its corrections, the latest first."""
        deeds: list[Deed] = []
        for deed in reversed(self.deeds):
            if deed.run is not None:
                deeds.append(deed)
                if not deed.is_correction:
                    break
        return tuple(deeds)

    @property
    def run(self) -> SegmentRun | None:
        """The slices of the propagation that was written last, corrections included."""
        return next((deed.run for deed in self.run_deeds), None)

    def same_object(self, prompt: LivePrompt, patch: VoxelPatch) -> Deed | None:
        """The deed that an accepted prompt takes the place of.

        That is one on the very same plane whose voxels are the new ones for more than half (of the smaller
        of the two): the user has marked the same thing better. Otherwise it is another part of the segment.
        """
        plane = prompt.grid.plane_key(prompt.index)
        for deed in reversed(self.deeds):
            if deed.prompt is None or deed.patch is None:
                continue
            same_plane = deed.prompt.grid.plane_key(deed.prompt.index) == plane
            if same_plane and _overlap(deed.patch, patch) > 0.5:
                return deed
        return None

    def with_deed(self, deed: Deed, instead_of: tuple[Deed, ...] = ()) -> SegmentState:
        """One deed more, in place of others."""
        gone = {id(one) for one in instead_of}
        return replace(self, deeds=(*(d for d in self.deeds if id(d) not in gone), deed))


def _overlap(a: VoxelPatch, b: VoxelPatch) -> float:
    """Common voxels as a share of the smaller patch."""
    smaller = min(a.voxels, b.voxels)
    low = np.maximum(a.start_kji, b.start_kji)
    high = np.minimum(*(np.add(p.start_kji, p.mask_kji.shape) for p in (a, b)))
    if not smaller or np.any(high <= low):
        return 0.0
    parts = [
        p.mask_kji[tuple(slice(lo - s, hi - s) for lo, hi, s in zip(low, high, p.start_kji, strict=True))]
        for p in (a, b)
    ]
    return np.count_nonzero(parts[0] & parts[1]) / smaller
