"""The prompt journal of a segment, kept as one of its tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.errors import PromptError
from medsam_core.mrml.segment_tags import tag_of
from medsam_core.prompt_journal import TAG_NAME, PromptJournal

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode


def journal_tags(journal: PromptJournal) -> dict[str, str]:
    """The tags of an edit that keep a journal with the segment: so it follows undo, and is saved.

    Raises:
        PromptError: it is too large to be kept.
    """
    return {TAG_NAME: journal.to_tag()}


def journal_of(node: vtkMRMLSegmentationNode, segment_id: str) -> PromptJournal | None:
    """The journal of a segment; None if it has none.

    Raises:
        PromptError: what is kept there is no journal: it was damaged, or is another program's. Names the
            segment.
    """
    text = tag_of(node, segment_id, TAG_NAME)
    if not text:
        return None
    name = " ".join(node.GetSegmentation().GetSegment(segment_id).GetName().split())
    return PromptJournal.from_tag(text, f"journal of segment '{name[:60]}'")


def journals_of(node: vtkMRMLSegmentationNode) -> tuple[dict[str, PromptJournal], tuple[str, ...]]:
    """All journals of a segmentation.

    Returns:
        Segment id -> journal, of the segments that have one; a sentence for each that cannot be read. The
        segments themselves do not need them.
    """
    journals: dict[str, PromptJournal] = {}
    notes: list[str] = []
    for segment_id in node.GetSegmentation().GetSegmentIDs():
        try:
            journal = journal_of(node, segment_id)
        except PromptError as error:
            notes.append(str(error))
            continue
        if journal is not None:
            journals[segment_id] = journal
    return journals, tuple(notes)
