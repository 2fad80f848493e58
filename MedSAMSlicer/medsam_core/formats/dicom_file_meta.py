"""The file meta information of a DICOM file: what it holds, and how its pixels are encoded.

GDCM says of a cut-off image the same as of a report or a structure set: that it cannot read it. These few
fields tell the two apart. They are always explicit little endian (DICOM PS3.10, section 7.1).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

PREAMBLE_BYTES = 128
MAGIC = b"DICM"

_LARGEST_META = 4096
_META_GROUP = 2
_SOP_CLASS = 2
_TRANSFER_SYNTAX = 0x10
_LONG_FORMS = (b"OB", b"OW", b"UN", b"SQ", b"UT", b"UC", b"UR")

_STORAGE = "1.2.840.10008.5.1.4.1.1."
# Storage classes that are no images: presentation states, waveforms, raw data, registrations, surfaces,
# reports, documents, measurements, RT structures, plans and records.
_NOT_IMAGES = ("11.", "9.", "66", "88.", "104.", "78.", "68.", "79.", "90.", "481.3", "481.4", "481.5")
_NOT_IMAGES += ("481.6", "481.7", "481.8", "481.9", "481.10", "481.11", "200.", "131", "67")
_SEGMENTATIONS = ("66.4", "66.5", "66.7")
_UNCOMPRESSED = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")


@dataclass(frozen=True)
class DicomFileMeta:
    """The storage class of a file and its transfer syntax, "" where the file is silent."""

    sop_class: str
    transfer_syntax: str

    @property
    def claims_an_image(self) -> bool:
        """Whether the class is one of images."""
        kind = self.sop_class.removeprefix(_STORAGE)
        return kind != self.sop_class and not kind.startswith(_NOT_IMAGES)

    @property
    def is_segmentation(self) -> bool:
        """Whether it holds labels rather than an image: binary, surface or label map."""
        return self.sop_class.removeprefix(_STORAGE) in _SEGMENTATIONS

    @property
    def is_uncompressed(self) -> bool:
        """Whether the pixels take as many bytes in the file as they are."""
        return self.transfer_syntax in _UNCOMPRESSED


def read_file_meta(path: Path) -> DicomFileMeta | None:
    """The file meta information, or None if this is no DICOM file with its preamble.

    Raises:
        OSError: from the file system.
    """
    with path.open("rb") as stream:
        head = stream.read(PREAMBLE_BYTES + len(MAGIC) + _LARGEST_META)
    if head[PREAMBLE_BYTES : PREAMBLE_BYTES + len(MAGIC)] != MAGIC:
        return None
    return meta_in(head, PREAMBLE_BYTES + len(MAGIC))


def meta_in(head: bytes, position: int) -> DicomFileMeta:
    """The file meta information that begins at a position, of which not all may be there."""
    texts = _texts(head, position)
    return DicomFileMeta(texts.get(_SOP_CLASS, ""), texts.get(_TRANSFER_SYNTAX, ""))


def _texts(head: bytes, position: int) -> dict[int, str]:
    """Element number to text, for the elements of group 2 that are whole."""
    texts: dict[int, str] = {}
    while position + 12 <= len(head):
        group, element = struct.unpack_from("<HH", head, position)
        if group != _META_GROUP:
            break
        if head[position + 4 : position + 6] in _LONG_FORMS:
            length, start = struct.unpack_from("<I", head, position + 8)[0], position + 12
        else:
            length, start = struct.unpack_from("<H", head, position + 6)[0], position + 8
        position = start + length
        texts[element] = head[start:position].rstrip(b"\0 ").decode("latin-1")
    return texts
