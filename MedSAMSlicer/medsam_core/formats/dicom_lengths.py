"""Whether the lengths in a DICOM file fit into it.

GDCM reserves what an element claims, up to 4 GB, before it looks whether the file goes on that far. So the
elements are walked first, by their headers alone (DICOM PS3.5, section 7.1).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from medsam_core.formats.dicom_file_meta import MAGIC, PREAMBLE_BYTES, read_file_meta

_IMPLICIT = "1.2.840.10008.1.2"
_UNWALKED = ("1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")  # big endian, deflated: rare, left to GDCM
_LONG_FORMS = (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"UN", b"SQ", b"UT", b"UC", b"UR", b"SV", b"UV")
_SHORT_FORMS = (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN")
_SHORT_FORMS += (b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US")
_META_GROUP = 2
_PIXELS = (0x7FE0, 0x0010)
_ITEMS = 0xFFFE
_UNDEFINED = 0xFFFFFFFF
_BEYOND = 1 << 63


def lengths_fit(path: Path) -> bool:
    """Whether every element up to the pixels ends inside the file; True where that cannot be told.

    A file whose meta information is not as it must be (explicit, with a transfer syntax) does not fit either.

    Raises:
        OSError: from the file system.
    """
    meta = read_file_meta(path)
    if meta is None or meta.transfer_syntax in _UNWALKED:
        return True
    if not meta.transfer_syntax:
        return False
    size = path.stat().st_size
    with path.open("rb") as stream:
        position = PREAMBLE_BYTES + len(MAGIC)
        while position + 8 <= size:
            stream.seek(position)
            end, is_last = _end(stream, position, implicit=meta.transfer_syntax == _IMPLICIT)
            if end > size:
                return False
            if is_last:
                return True
            position = end
    return True


def _end(stream: BinaryIO, position: int, *, implicit: bool) -> tuple[int, bool]:
    """Where the element at a position ends, or its first item begins; and whether to stop after it."""
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
        return (_BEYOND if group == _META_GROUP else position), True
    if (group, element) == _PIXELS:
        return (start if length == _UNDEFINED else start + length), True
    if length == _UNDEFINED or group == _ITEMS:  # step into sequences, item by item
        return start, vr == b"UN"
    return start + length, False
