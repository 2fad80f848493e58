"""Files from a browser, on disk: bounded, under names that lead nowhere, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.errors import VolumeError
from medsam_viewer.upload_batch import MOST_BYTES, MOST_FILES, UploadBatch, safe_name


@pytest.fixture
def a_batch(tmp_path: Path) -> Iterator[UploadBatch]:
    """Of three files and 1000 bytes."""
    batch = UploadBatch(tmp_path, 3, 1000)
    yield batch
    batch.close()
    assert list(tmp_path.iterdir()) == []


def put(batch: UploadBatch, *names: str) -> None:
    """Receive small files."""
    for name in names:
        with batch.new_file(name) as file:
            file.write(b"x")


HOSTILE = [
    "../../etc/passwd",
    "..\\..\\windows\\system32\\x.dll",
    "/etc/cron.d/x",
    "a/../../b",
    ".bashrc",
    "..",
    "",
    "x" * 5000,
    "ct\0.nii",
    "ct\n.nii",
    "-rf",
    "名前.nii.gz",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_the_batch(a_batch: UploadBatch, name: str) -> None:
    put(a_batch, name)
    (path,) = a_batch.folder.iterdir()
    assert path.parent == a_batch.folder
    assert a_batch.volume()[0] == path


@given(st.text())
def test_every_name_becomes_a_plain_one(name: str) -> None:
    plain = safe_name(name, 7)
    assert Path(plain).name == plain
    assert 0 < len(plain) <= 100
    assert plain.isascii() and plain.isprintable() and plain[0] not in ".-_"


def test_the_end_of_a_name_tells_the_format_and_stays() -> None:
    assert safe_name("ct of Jane.nii.gz", 0) == "ct_of_Jane.nii.gz"
    assert safe_name("x" * 300 + ".seg.nrrd", 0).endswith("x.seg.nrrd")


def test_one_name_twice_is_two_files(a_batch: UploadBatch) -> None:
    put(a_batch, "a/IM1", "b/IM1", "IM1")
    assert len(list(a_batch.folder.iterdir())) == 3


def test_files_together_are_a_dicom_folder(a_batch: UploadBatch) -> None:
    put(a_batch, "IM1", "IM2.dcm", "DICOMDIR")
    assert a_batch.volume() == (a_batch.folder, "3 files")


def test_a_header_is_opened_with_its_data_beside_it(a_batch: UploadBatch) -> None:
    put(a_batch, "ct.raw", "ct.mhd")
    assert a_batch.volume() == (a_batch.folder / "ct.mhd", "ct.mhd")
    assert (a_batch.folder / "ct.raw").is_file()


def test_several_images_are_refused(a_batch: UploadBatch) -> None:
    put(a_batch, "a.nii.gz", "b.nrrd")
    with pytest.raises(VolumeError, match="send one"):
        a_batch.volume()


def test_no_more_is_taken_than_was_announced(a_batch: UploadBatch) -> None:
    a_batch.take(1000)
    with pytest.raises(VolumeError, match="more than was announced"):
        a_batch.take(1)
    put(a_batch, "1", "2", "3")
    with pytest.raises(VolumeError, match="more than was announced"):
        a_batch.new_file("4")


@pytest.mark.parametrize(
    ("files", "size"), [(0, 0), (MOST_FILES + 1, 1), (-1, 1), (1, MOST_BYTES + 1), (1, -1)]
)
def test_too_much_is_refused_before_anything_is_sent(tmp_path: Path, files: int, size: int) -> None:
    with pytest.raises(VolumeError, match="at most"):
        UploadBatch(tmp_path, files, size)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from medsam_viewer import upload_batch

    monkeypatch.setattr(upload_batch, "LEFT_FREE", 1 << 60)
    with pytest.raises(VolumeError, match="make room"):
        UploadBatch(tmp_path, 1, 1)
