"""The prompt journals inside of a segmentation file: NAME.seg.nrrd."""

from __future__ import annotations

import re
from pathlib import Path

from medsam_core.errors import PromptError, VolumeError
from medsam_core.formats.nrrd_header import parse_nrrd_header
from medsam_core.prompt_journal import TAG_NAME, PromptJournal

SUFFIX = ".seg.nrrd"

_TAGS = re.compile(r"Segment(\d{1,9})_Tags")


def read_segmentation_journal(path: Path) -> PromptJournal:
    """How the segments of a file were made, as one journal: each with the label of its place, 1 the first.

    Slicer keeps a segment's tags in the header, as "name:value" between bars. The voxels are not read.

    Raises:
        PromptError: no segment was made with MedSAM, a journal is damaged, or it is no such file.
    """
    try:
        keys = parse_nrrd_header(path).keys
    except VolumeError as error:
        raise PromptError(path, error.problem, error.remedy) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PromptError(path, f"cannot be read ({reason})", "check the path") from error
    tags = {int(match[1]): text for key, text in keys.items() if (match := _TAGS.fullmatch(key))}
    journals = (_journal(tags[n], f"{path}: segment {n}") for n in sorted(tags))
    journal = PromptJournal.together(journals, path)
    if journal is None:
        raise PromptError(path, "none of its segments has a prompt journal", "give one that MedSAM made")
    return journal


def _journal(tags: str, subject: str) -> PromptJournal | None:
    for tag in tags.split("|"):
        name, _, value = tag.partition(":")
        if name == TAG_NAME and value:
            return PromptJournal.from_tag(value, subject)
    return None
