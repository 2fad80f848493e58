"""The prompt journals inside of a segmentation file: NAME.seg.nrrd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from medsam_core.errors import PromptError, VolumeError
from medsam_core.formats.nrrd_header import parse_nrrd_header
from medsam_core.formats.seg_nrrd_segments import SegNrrdSegment, segments_of
from medsam_core.journal_entry import JournalEntry, under_name
from medsam_core.prompt_journal import TAG_NAME, PromptJournal
from medsam_core.prompts import LARGEST_LABEL
from medsam_core.segment_colours import RGB

SUFFIX = ".seg.nrrd"


def read_segmentation_journal(path: Path) -> PromptJournal:
    """How the segments of a file were made, as one journal: each with the label and name it has in the file.

    Segments of several layers may share a label: then each gets that of its place, 1 the first. The voxels
    are not read.

    Raises:
        PromptError: no segment was made with MedSAM, a journal is damaged, or it is no such file.
    """
    segments = _segments(path)
    journal = PromptJournal.together((_journal(segment, path) for segment in segments), path)
    if journal is None:
        raise PromptError(path, "none of its segments has a prompt journal", "give one that MedSAM made")
    by_place = {segment.place: segment for segment in segments}
    labels = _labels(segments)
    return PromptJournal(tuple(_as_saved(entry, by_place, labels) for entry in journal.entries))


def read_segment_colours(path: Path) -> dict[int, RGB]:
    """Label, as `read_segmentation_journal` gives it, to the colour (red, green, blue in 0..1) in the file.

    Raises:
        PromptError: it is no such file.
    """
    segments = _segments(path)
    labels = _labels(segments)
    return {labels[segment.place]: segment.colour for segment in segments if segment.colour is not None}


def _segments(path: Path) -> list[SegNrrdSegment]:
    try:
        return segments_of(parse_nrrd_header(path))
    except VolumeError as error:
        raise PromptError(path, error.problem, error.remedy) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PromptError(path, f"cannot be read ({reason})", "check the path") from error


def _journal(segment: SegNrrdSegment, path: Path) -> PromptJournal | None:
    tag = segment.tag(TAG_NAME)
    return PromptJournal.from_tag(tag, f"{path}: segment {segment.place - 1}") if tag else None


def _labels(segments: Sequence[SegNrrdSegment]) -> dict[int, int]:
    """Place to label: the file's own, where they tell the segments apart."""
    own = {segment.place: segment.label for segment in segments}
    can_be = all(1 <= label <= LARGEST_LABEL for label in own.values()) and len({*own.values()}) == len(own)
    return own if can_be else {place: place for place in own}


def _as_saved(
    entry: JournalEntry, by_place: dict[int, SegNrrdSegment], labels: dict[int, int]
) -> JournalEntry:
    place = entry.prompt.label
    return under_name(replace(entry, prompt=replace(entry.prompt, label=labels[place])), by_place[place].name)
