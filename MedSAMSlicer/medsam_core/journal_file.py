"""Prompt journals as files: NAME.journal.json."""

from __future__ import annotations

import codecs
import os
import re
from pathlib import Path

from medsam_core import segmentation_journal
from medsam_core.atomic_file import atomic_output
from medsam_core.errors import PromptError
from medsam_core.prompt_journal import LARGEST_JSON, PromptJournal
from medsam_core.segment_colours import RGB

SUFFIX = ".journal.json"

_FIRST_WORDS = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"version"\s*:\s*\d+\s*,\s*"entries"\s*:')


def is_journal(path: str | os.PathLike[str]) -> bool:
    """Whether a file is, or holds, a journal rather than prompts: by its name or its first words."""
    given = Path(path)
    if given.name.lower().endswith((SUFFIX, segmentation_journal.SUFFIX)):
        return True
    try:
        with given.open("rb") as stream:
            return _FIRST_WORDS.match(stream.read(200)) is not None
    except OSError:  # whoever reads it says so
        return False


def read_journal(path: str | os.PathLike[str]) -> PromptJournal:
    """Read a journal, or those of all segments of a segmentation file (.seg.nrrd), with its labels and names.

    The layout is ``{"version": 1, "entries": [{"segment": {...}, "source": {"name": ..., "size": [i, j, k],
    "ijk_to_ras": 4 x 4}, "model": {"name", "identity", "sha256", "preset"}, "grid": null or {"size",
    "xyn_to_ijk", "axis"}, "propagation": "roi", "options": {}, "intensity": "auto", "mode": "add" or
    "replace", "run": "", "program": "0.1.0"}]}``, a segment as in a prompts file of the frame "ijk".

    Raises:
        PromptError: it is missing, too large or no journal; it names the place in the file.
    """
    given = Path(path)
    if given.name.lower().endswith(segmentation_journal.SUFFIX):
        return segmentation_journal.read_segmentation_journal(given)
    try:
        with given.open("rb") as stream:
            text = stream.read(LARGEST_JSON + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PromptError(given, f"cannot be read ({reason})", "check the path") from error
    return PromptJournal.from_json(text.removeprefix(codecs.BOM_UTF8), given)


def read_journal_colours(path: str | os.PathLike[str]) -> dict[int, RGB]:
    """Label of `read_journal` to the colour, (red, green, blue) in 0..1, that a segmentation file gives it.

    Raises:
        PromptError: a segmentation file cannot be read.
    """
    given = Path(path)
    if given.name.lower().endswith(segmentation_journal.SUFFIX):
        return segmentation_journal.read_segment_colours(given)
    return {}


def write_journal(journal: PromptJournal, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a journal; the file appears whole or not at all.

    Raises:
        OutputError: the file exists or cannot be written.
    """
    with atomic_output(path, overwrite=overwrite) as temporary:
        temporary.write_text(journal.to_json(indent=1) + "\n", encoding="utf-8")
