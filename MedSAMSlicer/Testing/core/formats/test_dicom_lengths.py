"""A DICOM file that claims more than it holds never gets as far as GDCM."""

from __future__ import annotations

import resource
import struct
from pathlib import Path

import numpy as np
import pytest

from medsam_core.errors import VolumeError
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


def test_what_is_no_marked_dicom_file_is_left_to_gdcm(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old files have no preamble")
    assert lengths_fit(path)
