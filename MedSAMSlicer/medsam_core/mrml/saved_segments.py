"""A segmentation from a file, added to one that is being edited."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medsam_core.errors import MedSAMError, OutputError, VolumeError
from medsam_core.geometry import Geometry
from medsam_core.mrml.saved_placing import SavedPlacing
from medsam_core.mrml.segment_layers import LABELMAP
from medsam_core.mrml.segment_reader import checked_for_voxels
from medsam_core.mrml.segment_tags import PROTECTED, check_tag
from medsam_core.mrml.volume_node import geometry_of
from medsam_core.prompt_journal import TAG_NAME, PromptJournal
from medsam_core.prompts import LONGEST_NAME
from medsam_core.saved_segmentation import SavedSegment, SavedSegmentation
from medsam_core.terminology import terminology_for

if TYPE_CHECKING:
    from slicer import vtkSegment

    from medsam_core.mrml.editor_writer import EditorWriter

_SAME_GRID = 1e-4
"""Of a voxel, as in `journal_move.moved`."""


@dataclass(frozen=True)
class AddedSegments:
    """What became of a file.

    Attributes:
        ids: of the new segments, in the file's order.
        is_resampled: whether the file's voxels are not the volume's: each of these took the nearest.
        left_out: how many of the file's voxels in segments lie outside of the volume.
        without_journal: names of segments whose journal is damaged, of a later version, or of prompts outside
            of the volume, and was left out.
    """

    ids: tuple[str, ...]
    is_resampled: bool
    left_out: int
    without_journal: tuple[str, ...] = ()


def add_saved(writer: EditorWriter, saved: SavedSegmentation, subject: object) -> AddedSegments:
    """Add all segments of a file beside those that are there, as one step of undo.

    Layer by layer, as Slicer loads them: they may overlap each other and what is there, and change none of
    it. Voxels of the volume's grid are copied bit for bit; others take the nearest at their place in the
    patient, as when Slicer is told to take a segmentation's geometry from the volume. Labels, colours and
    tags are the file's; a name that is taken gets a number; a journal of another grid is moved along.

    Args:
        writer: of the segmentation.
        saved: the file's, in the world of the writer's volume.
        subject: what to call the file in an error.

    Raises:
        OutputError: nothing of it lies within the volume, or Slicer did not take it.
        VolumeError: its voxels are far smaller or larger than the volume's, or it needs more memory than is
            free.
        In all cases nothing has changed.
    """
    segmentation = checked_for_voxels(writer.node)
    try:
        placing = SavedPlacing(writer.node, writer.volume_node, saved.geometry)
        patches = [placing.patch(one.patch) for one in saved.segments]
    except VolumeError as error:
        raise VolumeError(subject, error.problem, error.remedy) from error
    if placing.voxels and not any(patch.voxels for patch in patches):
        raise OutputError(subject, "lies outside of the volume", "open the image that it belongs to")
    both = list(zip(saved.segments, patches, strict=True))
    images = {
        number: placing.image([(one.label, patch) for one, patch in both if one.layer == number])
        for number in {one.layer for one in saved.segments}
    }
    geometry, ids = geometry_of(writer.volume_node), []
    with writer.one_step():
        for one in _under_free_names(saved, writer):
            segment = _segment(one, geometry)
            segment.AddRepresentation(LABELMAP, images[one.layer])
            ids.append(segmentation.GenerateUniqueSegmentID(f"Segment_{one.label}"))
            if not segmentation.AddSegment(segment, ids[-1]):
                raise OutputError(subject, "Slicer did not take it", "save it again from 3D Slicer")
    for segment_id, one in zip(ids, saved.segments, strict=True):
        writer.protect(segment_id, one.tags.get(PROTECTED) == "1")
    lost = (
        one.name
        for segment_id, one in zip(ids, saved.segments, strict=True)
        if one.tags.get(TAG_NAME) and not writer.tag(segment_id, TAG_NAME)
    )
    return AddedSegments(tuple(ids), not placing.is_copy, placing.left_out, tuple(lost))


def _under_free_names(saved: SavedSegmentation, writer: EditorWriter) -> list[SavedSegment]:
    taken, renamed = {one.name for one in writer.segments()}, []
    for one in saved.segments:
        numbered = (f"{one.name[: LONGEST_NAME - 6]} ({n})" for n in itertools.count(2))
        name = next(shown for shown in itertools.chain((one.name,), numbered) if shown not in taken)
        taken.add(name)
        renamed.append(replace(one, name=name))
    return renamed


def _segment(one: SavedSegment, geometry: Geometry) -> vtkSegment:
    from slicer import vtkSegment

    segment = vtkSegment()
    segment.SetName(one.name)
    segment.SetColor(*one.colour)
    segment.SetLabelValue(one.label)
    segment.SetTag(segment.GetTerminologyEntryTagName(), str(terminology_for(one.name)))
    for name, text in _tags(one.tags, geometry).items():
        segment.SetTag(name, text)
    return segment


def _tags(tags: Mapping[str, str], geometry: Geometry) -> dict[str, str]:
    """Those that can be kept, the journal as it is on a volume."""
    kept = {}
    for name, text in tags.items():
        try:
            shown = _journal_on(text, geometry) if name == TAG_NAME else text
            check_tag(name, shown)
        except MedSAMError:
            continue  # a text that no file could hold, a journal of elsewhere: the voxels are worth more
        kept[name] = shown
    return kept


def _journal_on(text: str, geometry: Geometry) -> str:
    journal = PromptJournal.from_tag(text)
    if all(one.geometry.agrees_with(geometry, tolerance_voxels=_SAME_GRID) for one in journal.entries):
        return text
    return journal.on(geometry).to_tag()
