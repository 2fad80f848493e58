"""A cut-off DICOM image is told from a report before GDCM is asked."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from medsam_core.formats.dicom_file_meta import read_file_meta

STORAGE = "1.2.840.10008.5.1.4.1.1."
IMAGES = ["1", "1.1", "2", "2.1", "4", "6.1", "7", "12.1", "20", "77.1.6", "128", "130", "481.1", "481.2"]
OTHERS = ["11.1", "88.11", "88.33", "104.1", "481.3", "481.5", "66", "9.1.1", "131"]


def a_file(folder: Path, sop_class: str, syntax: str = "1.2.840.10008.1.2.1") -> Path:
    version = struct.pack("<HH2sHI", 2, 1, b"OB", 0, 2) + b"\0\1"
    content = b"\0" * 128 + b"DICM" + version
    for element, text in ((2, sop_class), (0x10, syntax)):
        data = text.encode() + b"\0" * (len(text) % 2)
        content += struct.pack("<HH2sH", 2, element, b"UI", len(data)) + data
    path = folder / "file"
    path.write_bytes(content + struct.pack("<HH2sH", 8, 0x60, b"CS", 2) + b"CT")
    return path


@pytest.mark.parametrize("kind", IMAGES)
def test_image_classes_are_known_as_images(tmp_path: Path, kind: str) -> None:
    meta = read_file_meta(a_file(tmp_path, STORAGE + kind))
    assert meta is not None
    assert meta.sop_class == STORAGE + kind
    assert meta.claims_an_image
    assert meta.is_uncompressed


@pytest.mark.parametrize("sop_class", [*(STORAGE + kind for kind in OTHERS), "1.2.3", ""])
def test_reports_structures_and_strangers_are_not(tmp_path: Path, sop_class: str) -> None:
    meta = read_file_meta(a_file(tmp_path, sop_class, "1.2.840.10008.1.2.4.90"))
    assert meta is not None
    assert not meta.claims_an_image
    assert not meta.is_uncompressed


@pytest.mark.parametrize("length", [0, 5, 131, 132, 140, 150, 160])
def test_any_cut_gives_what_is_whole_and_no_error(tmp_path: Path, length: int) -> None:
    path = a_file(tmp_path, STORAGE + "2")
    path.write_bytes(path.read_bytes()[:length])
    assert (read_file_meta(path) is None) == (length < 132)


def test_lengths_that_lie_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\0" * 128 + b"DICM" + struct.pack("<HH2sHI", 2, 1, b"OB", 0, 2**32 - 1) + b"x" * 50)
    meta = read_file_meta(path)
    assert meta is not None
    assert meta.sop_class == ""
