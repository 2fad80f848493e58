"""Whether the lengths in a DICOM file fit into it, and whether its elements are few enough.

GDCM reserves what an element claims, up to 4 GB, before it looks whether the file goes on that far, and keeps
some 70 bytes for an element of 8. So the elements are walked first, by their headers alone (DICOM PS3.5,
section 7.1).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from medsam_core.formats.dicom_file_meta import MAGIC, PREAMBLE_BYTES, meta_in, read_file_meta

MOST_ELEMENTS = 1_000_000
"""Ten thousand frames with a hundred elements each; GDCM takes 70 MB for so many."""

_IMPLICIT = "1.2.840.10008.1.2"
_UNWALKED = ("1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")  # big endian, deflated: rare, left to GDCM
_LONG_FORMS = (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"UN", b"SQ", b"UT", b"UC", b"UR", b"SV", b"UV")
_SHORT_FORMS = (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN")
_SHORT_FORMS += (b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US")
_META_GROUP = 2
_FIRST_GROUP = 8
_PIXELS = (0x7FE0, 0x0010)
_ITEMS = 0xFFFE
_UNDEFINED = 0xFFFFFFFF
_BEYOND = 1 << 63
_BARE_HEAD = 4096
_MOST_AFTER_BARE_PIXELS = 1 << 20


@dataclass(frozen=True)
class _Layout:
    """How a file's elements are written.

    Attributes:
        start: where the first one begins.
        implicit: whether those beyond the meta information state no types.
        bare: the file has no preamble, so that it may be no DICOM file at all: what cannot be told of it
            counts against it.
    """

    start: int
    implicit: bool
    bare: bool


def lengths_fit(path: Path) -> bool:
    """Whether every element up to the pixels ends inside the file, and there are at most a million.

    True where that cannot be told of a file with a preamble. A file whose meta information is not as it must
    be (explicit, with a transfer syntax) does not fit either. One without preamble, as old files are, must
    begin with group 8 or with meta information, be told up to its pixels, and have little behind them.

    Raises:
        OSError: from the file system.
    """
    meta = read_file_meta(path)
    if meta is None:
        layout = _bare_layout(path)
        return layout is not None and _fits(path, layout)
    if meta.transfer_syntax in _UNWALKED:
        return True
    if not meta.transfer_syntax:
        return False
    return _fits(path, _Layout(PREAMBLE_BYTES + len(MAGIC), meta.transfer_syntax == _IMPLICIT, False))


def _bare_layout(path: Path) -> _Layout | None:
    """How a file without preamble is written; None for what GDCM does not take for a DICOM file."""
    with path.open("rb") as stream:
        head = stream.read(_BARE_HEAD)
    group = int.from_bytes(head[:2], "little")
    if group == _META_GROUP:
        syntax = meta_in(head, 0).transfer_syntax
        return None if not syntax or syntax in _UNWALKED else _Layout(0, syntax == _IMPLICIT, True)
    if group == _FIRST_GROUP:
        return _Layout(0, head[4:6] not in _LONG_FORMS + _SHORT_FORMS, True)
    return None


def _fits(path: Path, layout: _Layout) -> bool:
    size, position, past_pixels = path.stat().st_size, layout.start, False
    with path.open("rb") as stream:
        for _ in range(MOST_ELEMENTS):
            if position + 8 > size:
                return True
            stream.seek(position)
            step = _step(stream, position, layout.implicit)
            if step.end > size:
                return past_pixels
            if not step.goes_on:
                return step.is_pixels or past_pixels or not layout.bare
            past_pixels = past_pixels or step.is_pixels
            if step.is_pixels and layout.bare:
                return size - step.end <= _MOST_AFTER_BARE_PIXELS
            position = step.end
    return False


@dataclass(frozen=True)
class _Step:
    """Where an element ends, or its first item begins; whether what follows can be told; what it is."""

    end: int
    goes_on: bool = True
    is_pixels: bool = False


def _step(stream: BinaryIO, position: int, implicit: bool) -> _Step:
    """The element at a position."""
    head = stream.read(12).ljust(12, b"\0")
    group, element = struct.unpack_from("<HH", head)
    vr = head[4:6]
    if group == _ITEMS or (implicit and group > _META_GROUP):
        length, start = struct.unpack_from("<I", head, 4)[0], position + 8
    elif vr in _LONG_FORMS:
        length, start = struct.unpack_from("<I", head, 8)[0], position + 12
    elif vr in _SHORT_FORMS:
        length, start = struct.unpack_from("<H", head, 6)[0], position + 8
    else:  # in the data, a private form that only GDCM may know
        return _Step(_BEYOND if group == _META_GROUP else position, goes_on=False)
    if (group, element) == _PIXELS:
        known = length != _UNDEFINED
        return _Step(start + length if known else start, goes_on=known, is_pixels=True)
    if length == _UNDEFINED or group == _ITEMS:  # step into sequences, item by item
        return _Step(start, goes_on=vr != b"UN")
    return _Step(start + length)
