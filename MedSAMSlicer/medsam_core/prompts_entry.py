"""Prompts as JSON: the layout that prompts files and journals share."""

from __future__ import annotations

import base64
import binascii
import difflib
import zlib
from collections.abc import Iterable
from typing import Annotated, NoReturn

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import (
    LARGEST_LABEL,
    LONGEST_NAME,
    Box,
    Point,
    SegmentPrompt,
    nearest_voxel,
)

MOST_PROMPTS = 10_000
MOST_MASK_BYTES = 256 * 2**20
"""Of all masks of a file once unpacked, eight pixels to a byte."""
MOST_MASK_PIXELS = 2**28
"""Of one mask: no picture that can be read has as many."""

Position = Annotated[list[FiniteFloat], Field(min_length=3, max_length=3)]
_Whole = Annotated[int, Field(ge=0, le=2**31 - 1)]
_Pair = Annotated[list[_Whole], Field(min_length=2, max_length=2)]


class Strict(BaseModel):
    """Known keys only, and no number made of text."""

    model_config = ConfigDict(extra="forbid", strict=True)


class BoxEntry(Strict):
    """Two opposite corners."""

    min: Position
    max: Position


class PointEntry(Strict):
    """A click."""

    position: Position
    positive: bool = True


class MaskEntry(Strict):
    """A drawn mask: its slice, first column and row, columns and rows, base64(zlib(packed pixels))."""

    slice: _Whole
    corner: _Pair
    size: _Pair
    bits: str


class SegmentEntry(Strict):
    """A segment."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    label: int = Field(ge=1, le=LARGEST_LABEL)
    boxes: list[BoxEntry] = Field(default_factory=list, max_length=MOST_PROMPTS)
    points: list[PointEntry] = Field(default_factory=list, max_length=MOST_PROMPTS)
    masks: list[MaskEntry] = Field(default_factory=list, max_length=MOST_PROMPTS)

    @property
    def count(self) -> int:
        """Boxes, points and masks."""
        return len(self.boxes) + len(self.points) + len(self.masks)

    def prompt(self, place: str, frame: str, geometry: Geometry) -> SegmentPrompt:
        """The segment's prompts in voxels.

        Args:
            place: where the entry stands, for errors.
            frame: "ijk", "ras" or "lps".
            geometry: of the volume.

        Raises:
            PromptError: a prompt lies outside of the volume, or a mask is given in mm or is damaged.
        """
        boxes = []
        for n, box in enumerate(self.boxes):
            low, high = (
                nearest_voxel(corner, frame, geometry, f"{place}.boxes[{n}].{which}")
                for which, corner in (("min", box.min), ("max", box.max))
            )
            boxes.append(Box.between(low, high))
        points = [
            Point(nearest_voxel(one.position, frame, geometry, f"{place}.points[{n}].position"), one.positive)
            for n, one in enumerate(self.points)
        ]
        if self.masks and frame != "ijk":
            problem = f"are in voxels, and the frame of the file is {frame}"
            raise PromptError(f"{place}.masks", problem, 'give all prompts in voxels, "frame": "ijk"')
        masks = [_mask(one, f"{place}.masks[{n}]", geometry) for n, one in enumerate(self.masks)]
        return SegmentPrompt(self.name, self.label, tuple(boxes), tuple(points), tuple(masks))


def check_amount(segments: Iterable[SegmentEntry], subject: object) -> None:
    """Refuse more prompts than anyone gives, or masks that would fill the memory.

    Raises:
        PromptError: there are too many, or their masks are too large in sum.
    """
    entries = list(segments)
    count = sum(entry.count for entry in entries)
    if count > MOST_PROMPTS:
        raise PromptError(subject, f"holds {count} boxes, points and masks", f"give at most {MOST_PROMPTS}")
    masks = [mask for entry in entries for mask in entry.masks]
    size = sum(map(_mask_bytes, masks))
    if size > MOST_MASK_BYTES:
        problem = f"its masks would take {size / 2**20:.0f} MB"
        raise PromptError(subject, problem, f"give masks of at most {MOST_MASK_BYTES >> 20} MB in sum")
    largest = max(masks, key=_mask_bytes, default=None)
    if largest is not None and _mask_bytes(largest) * 8 > MOST_MASK_PIXELS:
        problem = f"holds a mask of {largest.size[0]} x {largest.size[1]} pixels"
        raise PromptError(subject, problem, "write it in the pixels of the image, cropped")


def segment_json(segment: SegmentPrompt, frame: str, geometry: Geometry) -> dict[str, object]:
    """A segment's prompts as plain JSON values; without the key of masks if there are none.

    Raises:
        PromptError: it has masks, and the frame is not "ijk".
    """

    def position(ijk: tuple[int, int, int]) -> list[float] | list[int]:
        return list(ijk) if frame == "ijk" else geometry.from_ijk(ijk, frame).tolist()

    row: dict[str, object] = {
        "name": segment.name,
        "label": segment.label,
        "boxes": [{"min": position(box.min_ijk), "max": position(box.max_ijk)} for box in segment.boxes],
        "points": [{"position": position(point.ijk), "positive": point.positive} for point in segment.points],
    }
    if segment.masks and frame != "ijk":
        problem = f"has drawn masks, which cannot be written in {frame}"
        raise PromptError(f"segment '{segment.name}'", problem, 'write them in voxels, frame "ijk"')
    if segment.masks:
        row["masks"] = [_mask_json(mask) for mask in segment.masks]
    return row


def raise_first(subject: object, error: ValidationError, entries: Iterable[type[BaseModel]]) -> NoReturn:
    """Raise the most telling of pydantic's errors as one line that names the place.

    Args:
        subject: the file, or what else holds the JSON.
        error: from pydantic.
        entries: the layouts, whose keys are those that a misspelt one may have meant.

    Raises:
        PromptError: always.
    """
    errors = error.errors(include_url=False, include_context=False)
    # A misspelt key leaves its right spelling missing: the misspelling is what the user can see.
    worst = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in worst["loc"])
    where = f"{subject}: {_short(place.lstrip('.'))}" if place else str(subject)
    message = worst["msg"][:1].lower() + worst["msg"][1:]
    if worst["type"] == "extra_forbidden":
        raise PromptError(where, "is not known", _nearest(str(worst["loc"][-1]), entries)) from error
    if worst["type"] == "json_invalid":
        problem = f"is not JSON ({message.removeprefix('invalid JSON: ')})"
        raise PromptError(subject, problem, "correct it") from error
    problem = "is missing" if worst["type"] == "missing" else f"is wrong ({message})"
    raise PromptError(where, problem, "correct the file") from error


def _short(place: str) -> str:
    return "".join(c if c.isprintable() else " " for c in place[:120])


def _nearest(key: str, entries: Iterable[type[BaseModel]]) -> str:
    known = sorted({name for entry in entries for name in entry.model_fields})
    close = difflib.get_close_matches(key[:80].lower(), known, 1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}"


def _mask_bytes(entry: MaskEntry) -> int:
    return (entry.size[0] * entry.size[1] + 7) // 8


def _mask(entry: MaskEntry, place: str, geometry: Geometry) -> MaskPrompt:
    """Unpack a mask; its size is checked against the slice first, so that no more than that is unpacked."""
    columns, rows, slices = geometry.size_ijk
    (x, y), (width, height) = entry.corner, entry.size
    if x + width > columns or y + height > rows or entry.slice >= slices:
        remedy = f"valid are I 0 to {columns - 1}, J 0 to {rows - 1}, K 0 to {slices - 1}"
        raise PromptError(place, "reaches outside of the volume", remedy)
    bits = _unpacked(entry.bits, _mask_bytes(entry), f"{place}.bits")
    return MaskPrompt(entry.slice, (x, y), (width, height), bits)


def _unpacked(text: str, expected: int, place: str) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        bits = unpacker.decompress(base64.b64decode(text, validate=True), expected + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise PromptError(place, "are no packed pixels", "write the mask anew") from error
    if len(bits) != expected or not unpacker.eof or unpacker.unused_data:
        problem = f"do not hold the {expected} bytes that the mask's size asks for"
        raise PromptError(place, problem, "write the mask anew")
    return bits


def _mask_json(mask: MaskPrompt) -> dict[str, object]:
    bits = base64.b64encode(zlib.compress(mask.bits, 9)).decode("ascii")
    return {"slice": mask.k, "corner": list(mask.corner_ij), "size": list(mask.size_ij), "bits": bits}
