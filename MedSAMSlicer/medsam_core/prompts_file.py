"""Prompts as a JSON file."""

from __future__ import annotations

import codecs
import difflib
import json
import os
from pathlib import Path
from typing import Annotated, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from medsam_core.atomic_file import atomic_output
from medsam_core.errors import OptionError, PromptError
from medsam_core.geometry import FRAMES, Geometry
from medsam_core.prompts import (
    LARGEST_LABEL,
    LONGEST_NAME,
    Box,
    Point,
    Prompts,
    SegmentPrompt,
    nearest_voxel,
)

LARGEST_FILE = 16 * 2**20
MOST_PROMPTS = 10_000
VERSION = 1

_Position = Annotated[list[FiniteFloat], Field(min_length=3, max_length=3)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _BoxEntry(_Strict):
    min: _Position
    max: _Position


class _PointEntry(_Strict):
    position: _Position
    positive: bool = True


class _SegmentEntry(_Strict):
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    label: int = Field(ge=1, le=LARGEST_LABEL)
    boxes: list[_BoxEntry] = Field(default_factory=list, max_length=MOST_PROMPTS)
    points: list[_PointEntry] = Field(default_factory=list, max_length=MOST_PROMPTS)


class _PromptsEntry(_Strict):
    version: int
    frame: Literal["ijk", "ras", "lps"]
    segments: list[_SegmentEntry] = Field(min_length=1, max_length=LARGEST_LABEL)


_ENTRIES = (_PromptsEntry, _SegmentEntry, _BoxEntry, _PointEntry)


def read_prompts(path: str | os.PathLike[str], geometry: Geometry) -> Prompts:
    """Read a prompts file for a volume.

    The layout is ``{"version": 1, "frame": "ijk" | "ras" | "lps", "segments": [{"name": "liver",
    "label": 1, "boxes": [{"min": [i, j, k], "max": [i, j, k]}],
    "points": [{"position": [i, j, k], "positive": true}]}]}``.

    ``min`` and ``max`` are two opposite corners in any order. Every position is mapped to voxels and rounded
    to the nearest one; a box is axis-aligned there, on an oblique volume too, and both corners are part of
    it. A position outside of the volume is an error, see ``nearest_voxel``.

    Args:
        path: the JSON file, of at most 16 MB and 10,000 boxes and points.
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
    count = sum(len(segment.boxes) + len(segment.points) for segment in entry.segments)
    if count > MOST_PROMPTS:
        raise PromptError(given, f"holds {count} boxes and points", f"give at most {MOST_PROMPTS}")
    try:
        return Prompts(tuple(_segment(n, one, entry.frame, geometry) for n, one in enumerate(entry.segments)))
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
    """
    if frame not in FRAMES:
        raise OptionError("frame", f"'{frame}' is not known", f"give one of {', '.join(FRAMES)}")
    content = {
        "version": VERSION,
        "frame": frame,
        "segments": [_segment_json(segment, frame, geometry) for segment in prompts.segments],
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
        _raise_first(path, error)


def _raise_first(path: Path, error: ValidationError) -> NoReturn:
    """The most telling error as one line that names the place in the file."""
    errors = error.errors(include_url=False, include_context=False)
    # A misspelt key leaves its right spelling missing: the misspelling is what the user can see.
    worst = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in worst["loc"])
    subject = f"{path}: {place.lstrip('.')}" if place else str(path)
    message = worst["msg"][:1].lower() + worst["msg"][1:]
    if worst["type"] == "extra_forbidden":
        raise PromptError(subject, "is not known", _nearest(str(worst["loc"][-1]))) from error
    if worst["type"] == "json_invalid":
        raise PromptError(
            path, f"is not JSON ({message.removeprefix('invalid JSON: ')})", "correct it"
        ) from error
    problem = "is missing" if worst["type"] == "missing" else f"is wrong ({message})"
    raise PromptError(subject, problem, "correct the file") from error


def _nearest(key: str) -> str:
    known = sorted({name for entry in _ENTRIES for name in entry.model_fields})
    close = difflib.get_close_matches(key.lower(), known, 1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}"


def _segment(n: int, entry: _SegmentEntry, frame: str, geometry: Geometry) -> SegmentPrompt:
    place = f"segments[{n}]"
    boxes = []
    for m, box in enumerate(entry.boxes):
        here = f"{place}.boxes[{m}]"
        low = nearest_voxel(box.min, frame, geometry, f"{here}.min")
        boxes.append(Box.between(low, nearest_voxel(box.max, frame, geometry, f"{here}.max")))
    points = [
        Point(nearest_voxel(point.position, frame, geometry, f"{place}.points[{m}].position"), point.positive)
        for m, point in enumerate(entry.points)
    ]
    return SegmentPrompt(entry.name, entry.label, tuple(boxes), tuple(points))


def _segment_json(segment: SegmentPrompt, frame: str, geometry: Geometry) -> dict[str, object]:
    def position(ijk: tuple[int, int, int]) -> list[float] | list[int]:
        return list(ijk) if frame == "ijk" else geometry.from_ijk(ijk, frame).tolist()

    return {
        "name": segment.name,
        "label": segment.label,
        "boxes": [{"min": position(box.min_ijk), "max": position(box.max_ijk)} for box in segment.boxes],
        "points": [{"position": position(point.ijk), "positive": point.positive} for point in segment.points],
    }
