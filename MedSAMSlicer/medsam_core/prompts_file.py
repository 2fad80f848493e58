"""Prompts as a JSON file."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from medsam_core.atomic_file import atomic_output
from medsam_core.errors import OptionError, PromptError
from medsam_core.geometry import FRAMES, Geometry
from medsam_core.prompts import LARGEST_LABEL, Prompts
from medsam_core.prompts_entry import (
    MOST_PROMPTS,
    BoxEntry,
    MaskEntry,
    PointEntry,
    SegmentEntry,
    Strict,
    check_amount,
    raise_first,
    segment_json,
)

LARGEST_FILE = 16 * 2**20
VERSION = 1


class _PromptsEntry(Strict):
    version: int
    frame: Literal["ijk", "ras", "lps"]
    segments: list[SegmentEntry] = Field(min_length=1, max_length=LARGEST_LABEL)


_ENTRIES = (_PromptsEntry, SegmentEntry, BoxEntry, PointEntry, MaskEntry)


def read_prompts(path: str | os.PathLike[str], geometry: Geometry) -> Prompts:
    """Read a prompts file for a volume.

    The layout is ``{"version": 1, "frame": "ijk" | "ras" | "lps", "segments": [{"name": "liver",
    "label": 1, "boxes": [{"min": [i, j, k], "max": [i, j, k]}],
    "points": [{"position": [i, j, k], "positive": true}], "masks": [{"slice": k, "corner": [i, j],
    "size": [columns, rows], "bits": base64}]}]}``. Boxes, points and masks may each be left out.

    ``min`` and ``max`` are two opposite corners in any order. Every position is mapped to voxels and rounded
    to the nearest one; a box is axis-aligned there, on an oblique volume too, and both corners are part of
    it. A position outside of the volume is an error, see ``nearest_voxel``.

    A mask is what a person drew or corrected on slice k, and is taken there as it is. It covers the columns
    and rows from its corner on; ``bits`` are its pixels row by row, eight to a byte (``numpy.packbits``),
    through zlib and base64. A size of [0, 0] says that the object is not on this slice. Masks are in voxels:
    a file with masks has the frame "ijk".

    Args:
        path: the JSON file, of at most 16 MB and 10,000 boxes, points and masks.
        geometry: of the volume.

    Raises:
        PromptError: the file is missing, too large, not such JSON, or a prompt cannot be used; it names the
            place in the file.
    """
    given = Path(path)
    entry = _parsed(given, _text(given))
    if entry.version != VERSION:
        problem = f"is {entry.version}, this program reads version {VERSION}"
        raise PromptError(f"{given}: version", problem, "update this program, or write the file anew")
    check_amount(entry.segments, given)
    try:
        segments = enumerate(entry.segments)
        return Prompts(tuple(one.prompt(f"segments[{n}]", entry.frame, geometry) for n, one in segments))
    except PromptError as error:
        raise PromptError(f"{given}: {error.subject}", error.problem, error.remedy) from error


def write_prompts(
    prompts: Prompts,
    path: str | os.PathLike[str],
    geometry: Geometry,
    *,
    frame: str = "ijk",
    overwrite: bool = False,
) -> None:
    """Write prompts so that ``read_prompts`` gives them back on the same geometry.

    Args:
        prompts: what to write.
        path: the file to make.
        geometry: of the volume.
        frame: "ijk" (voxels), "ras" or "lps" (mm); positions are voxel centres.
        overwrite: replace an existing file.

    Raises:
        OutputError: the file exists or cannot be written.
        OptionError: no such frame.
        PromptError: there are masks, and the frame is not "ijk".
    """
    if frame not in FRAMES:
        raise OptionError("frame", f"'{frame}' is not known", f"give one of {', '.join(FRAMES)}")
    content = {
        "version": VERSION,
        "frame": frame,
        "segments": [segment_json(segment, frame, geometry) for segment in prompts.segments],
    }
    with atomic_output(path, overwrite=overwrite) as temporary:
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _text(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            text = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PromptError(path, f"cannot be read ({reason})", "check the path") from error
    if len(text) > LARGEST_FILE:
        raise PromptError(path, "is larger than 16 MB", f"give at most {MOST_PROMPTS} prompts")
    return text.removeprefix(codecs.BOM_UTF8)  # Windows editors put it there


def _parsed(path: Path, text: bytes) -> _PromptsEntry:
    try:
        return _PromptsEntry.model_validate_json(text)
    except ValidationError as error:
        raise_first(path, error, _ENTRIES)
