"""What the header of a .seg.nrrd says of its segments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from medsam_core.errors import VolumeError
from medsam_core.formats.nrrd_header import NrrdHeader
from medsam_core.segment_colours import RGB

_FIELD = re.compile(r"Segment(\d{1,9})_(Name|LabelValue|Layer|Color|Tags)")
_WHOLE = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True)
class SegNrrdSegment:
    """One segment.

    Attributes:
        place: among the segments of its file, 1 the first.
        name: as the user called it, in one line; "" if the file has none.
        label: the value of its voxels in its layer; its place if the file does not say.
        layer: which of the file's label maps it is in, from 0.
        colour: (red, green, blue) in 0..1; None if the file has none.
        tags: "name:value" between bars.
    """

    place: int
    name: str = ""
    label: int = 1
    layer: int = 0
    colour: RGB | None = None
    tags: str = field(default="", repr=False)

    def tag(self, name: str) -> str:
        """The value of a tag, "" if it has none of that name."""
        pairs = (tag.partition(":") for tag in self.tags.split("|"))
        return next((value for key, _, value in pairs if key == name), "")


def segments_of(header: NrrdHeader) -> list[SegNrrdSegment]:
    """The segments in their order; none of a plain label map.

    Raises:
        VolumeError: a label or a layer is no whole number.
    """
    found: dict[int, dict[str, str]] = {}
    for key, value in header.keys.items():
        match = _FIELD.fullmatch(key)
        if match:
            found.setdefault(int(match.group(1)), {})[match.group(2)] = value
    try:
        return [_segment(place, fields) for place, (_, fields) in enumerate(sorted(found.items()), 1)]
    except ValueError as error:
        problem = "its segment fields are damaged"
        raise VolumeError(header.path, problem, "save it again from 3D Slicer") from error


def _segment(place: int, fields: dict[str, str]) -> SegNrrdSegment:
    return SegNrrdSegment(
        place,
        " ".join(fields.get("Name", "").splitlines()),
        _whole(fields.get("LabelValue", str(place))),
        _whole(fields.get("Layer", "0")),
        _colour(fields.get("Color", "")),
        fields.get("Tags", ""),
    )


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _colour(text: str) -> RGB | None:
    try:
        red, green, blue = map(float, text.split())
    except ValueError:
        return None
    return (red, green, blue) if all(0 <= part <= 1 for part in (red, green, blue)) else None
