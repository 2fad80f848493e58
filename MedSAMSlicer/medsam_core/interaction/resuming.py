"""Going on with a segment that was opened from a file as if it had been made here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medsam_core.errors import PromptError
from medsam_core.interaction.segment_masks import masks_on_slices
from medsam_core.session.kept_run import answered_for, run_in
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.slice_result import SliceResult
from medsam_core.slice_grid import SliceGrid

if TYPE_CHECKING:
    from medsam_core.journal_entry import JournalEntry
    from medsam_core.session.segment_writer import SegmentWriter
    from medsam_core.session.session import Session


def resume(session: Session, writer: SegmentWriter, segment_id: str) -> None:
    """Let the propagation that a segment's journal tells of be corrected, slice by slice.

    Its slices are the segment's voxels as they are now; how sure they were is not kept. Nothing happens where
    the journal does not tell which voxels are the propagation's: it is damaged, tells of none or of several,
    or of one on slices that are not those along an axis of the volume.

    Args:
        session: on the volume.
        writer: of the segment.
        segment_id: of the segment.
    """
    try:
        journal = session.journal(segment_id)
    except PromptError:
        return  # it can be worked on all the same
    entry = run_in(journal.entries) if journal is not None else None
    if journal is None or entry is None or not _is_along_an_axis(entry):
        return
    grid = entry.slices
    run = SegmentRun.begin(segment_id, entry.prompt, grid)
    slices = [
        SliceResult.kept(mask.k, mask.mask_yx(grid.shape_yx), grid.is_native)
        for mask in masks_on_slices(writer.read(segment_id), grid)
    ]
    if slices:
        session.resume(
            replace(
                run,
                anchors=run.anchors | answered_for(journal.entries, entry),
                slices={one.index: one for one in slices},
            )
        )


def _is_along_an_axis(entry: JournalEntry) -> bool:
    """Whether its pixels are those that the volume's voxels give, as they were, and no more."""
    grid = entry.slices
    if grid.axis is None:
        return False
    along = SliceGrid.along(entry.geometry, grid.axis)
    return grid.size_xyn == along.size_xyn and grid.plane_key(0) == along.plane_key(0)
