"""The text header of a NRRD file, as teem.sourceforge.net/nrrd/format.html defines it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medsam_core.errors import VolumeError

_LARGEST_HEADER = 64 << 20  # a segmentation's header may hold how each segment was made
_CHUNK = 1 << 16
_ESCAPED = {"\\\\": "\\", "\\n": "\n"}
_ESCAPE = re.compile(r"\\[\\n]")
_HEADER_END = re.compile(rb"\n\r?\n")
# Many spellings of the C types are allowed; without "signed" and "int" few are left.
_TYPES = {"char": "i1", "int8": "i1", "uchar": "u1", "unsigned char": "u1", "uint8": "u1"}
_TYPES |= {"short": "i2", "int16": "i2", "ushort": "u2", "unsigned short": "u2", "uint16": "u2"}
_TYPES |= {"": "i4", "int32": "i4", "uint": "u4", "unsigned": "u4", "uint32": "u4"}
_TYPES |= {"longlong": "i8", "long long": "i8", "int64": "i8"}
_TYPES |= {"ulonglong": "u8", "unsigned long long": "u8", "uint64": "u8", "float": "f4", "double": "f8"}
_ENCODINGS = {"raw": "raw", "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2"}
_ENCODINGS |= {"ascii": "ascii", "txt": "ascii", "text": "ascii"}
_SPACE_KINDS = ("domain", "space", "")
_COLOUR_KINDS = ("rgb-color", "rgba-color", "3-color", "4-color", "vector", "3-vector", "4-vector")


@dataclass(frozen=True)
class NrrdHeader:
    """A header's fields by lower-case name, and the keys (``key:=value``) of its author.

    Attributes:
        path: the file, for messages.
        fields: field names and values.
        keys: key names and values.
        end: where the header ends, in bytes.
        sizes: lengths of all axes, fastest first.
        dtype: type of the stored values, byte order included.
        encoding: "raw", "gzip", "bzip2" or "ascii".
    """

    path: Path
    fields: dict[str, str]
    keys: dict[str, str]
    end: int
    sizes: tuple[int, ...]
    dtype: np.dtype
    encoding: str

    @property
    def data_file(self) -> str | None:
        """What the header says of a detached data file, or None if the voxels follow the header."""
        return self.fields.get("data file", self.fields.get("datafile"))

    @property
    def modality(self) -> str | None:
        """DICOM's short name, where the author left one."""
        return self.keys.get("modality") or self.keys.get("DICOM_0008_0060") or None

    @property
    def kinds(self) -> tuple[str, ...]:
        """One lower-case word for each axis, "" where the header is silent."""
        named = self.fields.get("kinds", "").lower().split()
        return tuple((named + [""] * len(self.sizes))[: len(self.sizes)])

    @property
    def value_axis(self) -> int | None:
        """The axis that holds colours or frames rather than space, if there is one."""
        named = [n for n, kind in enumerate(self.kinds) if kind not in _SPACE_KINDS]
        named += [n for n, vector in enumerate(self.vectors("space directions") or []) if vector is None]
        if named:
            return named[0]
        return 3 if len(self.sizes) == 4 else None

    @property
    def holds_colours(self) -> bool:
        """Whether ``value_axis`` holds RGB or RGBA rather than frames."""
        axis = self.value_axis
        return axis is not None and self.kinds[axis] in _COLOUR_KINDS and self.sizes[axis] in (3, 4)

    def whole(self, name: str) -> int:
        """A field that is one whole number; 0 where it is missing."""
        try:
            return int(self.fields.get(name, "0"))
        except ValueError as error:
            raise self.broken(name) from error

    def vectors(self, name: str) -> list[np.ndarray | None] | None:
        """A field made of vectors like ``(1,0,0) none (0,1,0)``; None where it is missing."""
        if name not in self.fields:
            return None
        text = self.fields[name].replace("none", "(none)")
        words = [word.strip(" \t(") for word in text.split(")") if word.strip()]
        try:
            return [None if word == "none" else np.array(word.split(","), dtype=np.float64) for word in words]
        except ValueError as error:
            raise self.broken(name) from error

    def broken(self, name: str) -> VolumeError:
        """The error for a field that makes no sense."""
        value = self.fields.get(name, "")[:60]
        return VolumeError(self.path, f"its header field '{name}' is '{value}'", "repair or convert the file")


def parse_nrrd_header(path: Path) -> NrrdHeader:
    """Read the header of a .nrrd or .nhdr file.

    Raises:
        VolumeError: it is no NRRD file, or its sizes, type or encoding make no sense.
    """
    head = _head(path)
    end = len(head)
    fields, keys = _fields(head.decode("utf-8", "replace"))
    header = NrrdHeader(path, fields, keys, end, (), np.dtype("u1"), "raw")
    sizes = _sizes(header)
    return NrrdHeader(path, fields, keys, end, sizes, _dtype(header), _encoding(header))


def _head(path: Path) -> bytes:
    """All up to the empty line that ends a header, that line included."""
    with path.open("rb") as stream:
        head = bytearray(stream.read(_CHUNK))
        if not head.startswith(b"NRRD000"):
            raise VolumeError(path, "is no NRRD file", "give the image under its right suffix")
        begin = 0
        while len(head) <= _LARGEST_HEADER:
            found = _HEADER_END.search(head, begin)
            if found:
                return bytes(head[: found.end()])
            begin = max(len(head) - 3, 0)
            more = stream.read(_CHUNK)
            if not more:
                break
            head += more
    return bytes(head[:_LARGEST_HEADER])


def _fields(text: str) -> tuple[dict[str, str], dict[str, str]]:
    fields: dict[str, str] = {}
    keys: dict[str, str] = {}
    for line in text.split("\n")[1:]:  # only these ends: a name may hold one that Unicode has besides
        if line.startswith("#"):
            continue
        name, separator, value = line.partition(":=")
        if separator:
            keys[_unescaped(name)] = _unescaped(value.strip())
            continue
        name, separator, value = line.partition(":")
        if separator:
            fields[name.lower()] = value.strip()
    return fields, keys


def _unescaped(text: str) -> str:
    """The format writes a backslash of a key or its value as two, and a line end as backslash and n."""
    return text if "\\" not in text else _ESCAPE.sub(lambda found: _ESCAPED[found.group()], text)


def _sizes(header: NrrdHeader) -> tuple[int, ...]:
    words = header.fields.get("sizes", "").split()
    if not words or not all(word.isascii() and word.isdigit() and len(word) < 16 for word in words):
        raise header.broken("sizes")
    if not 2 <= len(words) <= 4:
        raise VolumeError(header.path, f"has {len(words)} axes", "give an image of 2, 3 or 4")
    return tuple(int(word) for word in words)


def _dtype(header: NrrdHeader) -> np.dtype:
    name = header.fields.get("type", "nothing").lower().removesuffix("_t")
    kind = _TYPES.get(" ".join(word for word in name.split() if word not in ("signed", "int")))
    if kind is None:
        raise header.broken("type")
    return np.dtype((">" if header.fields.get("endian", "").lower() == "big" else "<") + kind)


def _encoding(header: NrrdHeader) -> str:
    encoding = _ENCODINGS.get(header.fields.get("encoding", "").lower())
    if encoding is None:
        raise header.broken("encoding")
    return encoding
