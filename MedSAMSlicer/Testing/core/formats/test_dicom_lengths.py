"""A DICOM file that claims more than it holds never gets as far as GDCM."""

from __future__ import annotations

import resource
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from medsam_core.errors import VolumeError
from medsam_core.formats import dicom_lengths
from medsam_core.formats.dicom_lengths import lengths_fit
from medsam_core.formats.dicom_reader import read_dicom_file
from testkit.dicom_files import write_series
from testkit.geometries import an_oblique_geometry

GRID = an_oblique_geometry((60, 50, 1))
VALUES = np.random.default_rng(0).integers(0, 999, GRID.shape_kji).astype(np.int16)


def test_whole_files_fit_and_cut_ones_do_not(tmp_path: Path) -> None:
    path = write_series(tmp_path, VALUES, GRID)[0]
    assert lengths_fit(path)
    content = path.read_bytes()
    for kept in (0.5, 0.9, 0.999):
        path.write_bytes(content[: int(len(content) * kept)])
        assert not lengths_fit(path)


def test_real_compressed_files_fit(data_root: Path) -> None:
    folder = data_root / "totalseg_ct_dicom" / "images" / "ct_abdomen_dicom"
    assert all(lengths_fit(path) for path in folder.iterdir())


@pytest.mark.parametrize("tag", [(0x0008, 0x103E), (0x0020, 0x0032), (0x7FE0, 0x0010)])
def test_an_element_that_claims_gigabytes_is_refused_in_little_memory(
    tmp_path: Path, tag: tuple[int, int]
) -> None:
    path = write_series(tmp_path, VALUES, GRID)[0]
    content = bytearray(path.read_bytes())
    place = content.index(struct.pack("<HH", *tag))
    content[place + 4 : place + 12] = b"UN\0\0" + struct.pack("<I", 0xF0000000)
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(VolumeError, match="no DICOM image, or is cut off"):
        read_dicom_file(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def element(group: int, number: int, vr: bytes, data: bytes) -> bytes:
    if vr in (b"SQ", b"UN", b"OW"):
        return struct.pack("<HH2sHI", group, number, vr, 0, len(data)) + data
    return struct.pack("<HH2sH", group, number, vr, len(data)) + data


def undefined(group: int, number: int, vr: bytes) -> bytes:
    return struct.pack("<HH2sHI", group, number, vr, 0, 0xFFFFFFFF)


def item(data: bytes | None) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF if data is None else len(data)) + (data or b"")


END_ITEM, END = struct.pack("<HHI", 0xFFFE, 0xE00D, 0), struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
INNER = element(0x0008, 0x0100, b"SH", b"CODE")
SEQUENCES = {
    "of known length": element(0x0008, 0x1115, b"SQ", item(INNER)),
    "of unknown length": undefined(0x0008, 0x1115, b"SQ") + item(None) + INNER + END_ITEM + END,
    "nested": undefined(0x0008, 0x1115, b"SQ")
    + item(None)
    + undefined(0x0008, 0x1199, b"SQ")
    + item(INNER)
    + END
    + END_ITEM
    + END,
    "empty": undefined(0x0008, 0x1115, b"SQ") + END,
    "private and unknown": undefined(0x0009, 0x1001, b"UN") + item(INNER) + END,
}


def a_file(folder: Path, data: bytes, syntax: bytes = b"1.2.840.10008.1.2.1\0") -> Path:
    path = folder / "file"
    path.write_bytes(b"\0" * 128 + b"DICM" + element(2, 0x10, b"UI", syntax) + data)
    return path


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_sequences_are_walked(tmp_path: Path, sequence: bytes) -> None:
    last = element(0x7FE0, 0x10, b"OW", b"abcd")
    assert lengths_fit(a_file(tmp_path, sequence + last))
    is_walked = b"UN" not in sequence  # inside those, elements state no types: left to GDCM
    assert lengths_fit(a_file(tmp_path, sequence + last[:-1])) != is_walked


def test_implicit_elements_are_walked(tmp_path: Path) -> None:
    inner = struct.pack("<HHI", 8, 0x100, 4) + b"CODE"
    sequence = struct.pack("<HHI", 8, 0x1115, 0xFFFFFFFF) + item(None) + inner + END_ITEM + END
    last = struct.pack("<HHI", 0x7FE0, 0x10, 4) + b"abcd"
    assert lengths_fit(a_file(tmp_path, sequence + last, b"1.2.840.10008.1.2\0"))
    assert not lengths_fit(a_file(tmp_path, sequence + last[:-1], b"1.2.840.10008.1.2\0"))


def test_meta_information_must_be_as_it_must_be(tmp_path: Path) -> None:
    assert not lengths_fit(a_file(tmp_path, b"", b""))
    path = a_file(tmp_path, element(8, 0x60, b"CS", b"CT"))
    assert lengths_fit(path)
    path.write_bytes(path.read_bytes().replace(b"UI", b"U7"))
    assert not lengths_fit(path)


def implicit(group: int, number: int, data: bytes) -> bytes:
    return struct.pack("<HHI", group, number, len(data)) + data


GREY = [
    (0x28, 2, 1),
    (0x28, 0x10, 4),
    (0x28, 0x11, 4),
    (0x28, 0x100, 16),
    (0x28, 0x101, 16),
    (0x28, 0x102, 15),
]
PICTURE = implicit(8, 0x60, b"MR") + b"".join(
    implicit(g, n, struct.pack("<H", value)) for g, n, value in GREY
)
PICTURE += implicit(0x28, 0x103, bytes(2)) + implicit(0x7FE0, 0x10, np.arange(16, dtype="<u2").tobytes())
TYPED = element(8, 0x60, b"CS", b"MR")
TYPED += b"".join(element(g, n, b"US", struct.pack("<H", value)) for g, n, value in GREY)
TYPED += element(0x28, 0x103, b"US", bytes(2))
TYPED += element(0x7FE0, 0x10, b"OW", np.arange(16, dtype="<u2").tobytes())
META = element(2, 0x10, b"UI", b"1.2.840.10008.1.2\0")
BARE = {
    "old": PICTURE,
    "old and typed": TYPED,
    "with meta information": META + PICTURE,
    "padded": PICTURE + bytes(1000),
}


@pytest.mark.parametrize("content", BARE.values(), ids=BARE)
def test_a_file_without_preamble_is_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "old.dcm"
    path.write_bytes(content)
    assert read_dicom_file(path).array_kji.ravel().tolist() == list(range(16))


def tiny_elements(count: int, first_group: int = 8) -> bytes:
    """Elements without type and content, in the order of their tags."""
    tags = np.arange(count, dtype=np.uint32)
    groups, numbers = first_group + 2 * (tags // 60_000), 1 + tags % 60_000
    return np.stack([groups, numbers, 0 * tags, 0 * tags], axis=1).astype("<u2").tobytes()


MANY = 14_000_000  # 112 MB
HUGE = {
    "tiny elements": lambda: tiny_elements(MANY),
    "tiny elements behind the pixels": lambda: PICTURE + tiny_elements(MANY, 0x7FE2),
    "tiny elements behind a preamble": lambda: bytes(128) + b"DICM" + META + tiny_elements(MANY),
    "a claim of gigabytes": lambda: (
        implicit(8, 0x60, b"MR") + struct.pack("<HHI", 8, 0x103E, 0x60000000) + bytes(8 * MANY)
    ),
    "nested without end": lambda: undefined(8, 0x1115, b"SQ") + item(None) * MANY,
    "noise": lambda: np.random.default_rng(0).bytes(8 * MANY),
    "zeros": lambda: bytes(8 * MANY),
    "text": lambda: b"a letter" * MANY,
}
REFUSED = """
import resource, sys
from medsam_core.errors import VolumeError
from medsam_core.volume_reader import read_volume
import SimpleITK
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_volume(sys.argv[1])
except VolumeError as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error)
"""


@pytest.mark.parametrize("name", HUGE)
def test_a_hundred_megabytes_that_are_no_dicom_image_are_refused_in_little_memory(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "huge.dcm"
    path.write_bytes(HUGE[name]())
    run = subprocess.run(
        [sys.executable, "-c", REFUSED, str(path)], capture_output=True, text=True, check=True, timeout=300
    )
    path.unlink()
    kilobytes, message = run.stdout.split(maxsplit=1)
    assert "holds no DICOM image, or is cut off" in message
    assert int(kilobytes) < 50_000


def test_a_million_elements_are_the_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicom_lengths, "MOST_ELEMENTS", 100)
    path = tmp_path / "file"
    for count, fits in ((90, True), (101, False)):
        path.write_bytes(tiny_elements(count))
        assert lengths_fit(path) is fits


def test_what_stands_behind_the_pixels_may_be_damaged(tmp_path: Path) -> None:
    last = element(0x7FE0, 0x10, b"OW", b"abcd")
    for rest in (b"", b"\0", bytes(40), element(0x7FE1, 0x10, b"LO", b"more")[:-1], b"\xff" * 99):
        assert lengths_fit(a_file(tmp_path, TYPED[:10] + last + rest)), rest


@pytest.mark.parametrize(
    "content", [b"no image at all", implicit(0x10, 0x10, b"Doe"), implicit(8, 0x60, b"MR")[:-1], META[:-1]]
)
def test_a_file_without_preamble_that_cannot_be_told_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert not lengths_fit(path)
