"""Prompt journals from wherever a user has them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from medsam_core.errors import PromptError
from medsam_core.journal_entry import under_name
from medsam_core.journal_file import read_journal
from medsam_core.mrml.journal_tag import journal_of
from medsam_core.mrml.node_names import subject_of
from medsam_core.prompt_journal import PromptJournal

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode

    JournalSource = (
        PromptJournal | str | os.PathLike[str] | vtkMRMLSegmentationNode | tuple[vtkMRMLSegmentationNode, str]
    )


def journal_from(given: JournalSource) -> PromptJournal:
    """A journal: itself, of a file, of (segmentation node, segment id), or of all segments of a node.

    Raises:
        PromptError: there is none, it is damaged, or the file cannot be read.
    """
    if isinstance(given, PromptJournal):
        return given
    if isinstance(given, str | os.PathLike):
        return read_journal(given)
    return _of_segment(*given) if isinstance(given, tuple) else _of_node(given)


def _of_segment(node: vtkMRMLSegmentationNode, segment_id: str) -> PromptJournal:
    segment = node.GetSegmentation().GetSegment(segment_id)
    subject = f"segment '{str(segment_id)[:60] if segment is None else segment.GetName()[:60]}'"
    if segment is None:
        raise PromptError(subject, "is not in the segmentation", "give the id of one that is")
    journal = journal_of(node, segment_id)
    if journal is None:
        raise PromptError(subject, "has no prompt journal", "give a segment that MedSAM made")
    return journal


def _of_node(node: vtkMRMLSegmentationNode) -> PromptJournal:
    """All journals as one, in which each segment has a label of its own and the name that it has now."""
    segmentation = node.GetSegmentation()
    ids = segmentation.GetSegmentIDs()
    journal = PromptJournal.together(journal_of(node, segment_id) for segment_id in ids)
    if journal is None:
        subject = subject_of(node, "segmentation")
        raise PromptError(subject, "has no prompt journals", "give one that MedSAM made")
    names = [segmentation.GetSegment(segment_id).GetName() for segment_id in ids]
    return PromptJournal(tuple(under_name(one, names[one.prompt.label - 1]) for one in journal.entries))
