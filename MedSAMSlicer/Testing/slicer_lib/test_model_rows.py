"""The list of models."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from medsam_core.checkpoints.catalog import CATALOG
from medsam_core.checkpoints.models_folder import FOLDER_VARIABLE
from MedSAMSlicerLib.model_rows import ModelRow, is_checkpoint, known_rows, own_row


@pytest.fixture(autouse=True)
def an_empty_models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return tmp_path


def row_of(name: str) -> ModelRow:
    return next(row for row in known_rows() if row.value == name)


def test_every_model_of_the_catalog_is_listed_the_bundled_one_first() -> None:
    assert [row.value for row in known_rows()] == list(CATALOG)
    assert known_rows()[0].title == "demo - comes with MedSAM"
    assert known_rows()[0].is_here and not known_rows()[0].can_fetch


def test_before_a_download_size_licence_and_checksum_are_shown() -> None:
    row = row_of("vit_b")
    assert row.can_fetch and row.fetch_title == "Download (375 MB)"
    assert "Apache-2.0" in row.detail and "375 MB" in row.detail
    assert CATALOG["vit_b"].sha256 in row.detail.replace("\n", "")
    assert max(len(word) for word in row.detail.split()) < 40  # a longer one would widen the panel
    assert f"md5 {CATALOG['medsam'].md5}" in row_of("medsam").detail


def test_what_has_no_address_says_where_to_get_it() -> None:
    row = row_of("litemedsam")
    assert not row.can_fetch
    assert "LiteMedSAM and drop the file here" in row.detail


def test_what_was_fetched_is_here(an_empty_models_folder: Path) -> None:
    (an_empty_models_folder / "mobile_sam.pt").write_bytes(hashlib.sha256(b"").digest())
    assert row_of("mobile_sam").title == "mobile_sam - on this computer"
    assert not row_of("mobile_sam").can_fetch


def test_an_own_checkpoint_is_called_by_its_file() -> None:
    row = own_row("/data/models/best.safetensors")
    assert (row.title, row.value, row.is_here) == ("best.safetensors", "/data/models/best.safetensors", True)


@pytest.mark.parametrize(("path", "expected"), [("A.PTH", True), ("b.safetensors", True), ("c.nrrd", False)])
def test_a_dropped_file_is_taken_by_its_name(path: str, expected: bool) -> None:
    assert is_checkpoint(path) is expected
