"""The catalog is one table of facts that fit together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from medsam_core.checkpoints import inspect_checkpoint
from medsam_core.checkpoints.catalog import CATALOG, CatalogRow, describe_catalog, row_with_digest
from medsam_core.models.architecture import ARCHITECTURES
from medsam_core.resources import ResourceMissing, resource_path

ROWS = pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)


@ROWS
def test_every_row_can_be_had_somewhere(row: CatalogRow) -> None:
    assert row.bundled or row.where.startswith("https://")
    assert row.url is None or row.url.startswith("https://")


@ROWS
def test_every_row_names_a_network_that_exists(row: CatalogRow) -> None:
    assert row.architecture in ARCHITECTURES and row.licence and row.description.endswith(".")


@ROWS
def test_checksums_are_well_formed(row: CatalogRow) -> None:
    assert row.sha256 is None or re.fullmatch("[0-9a-f]{64}", row.sha256)
    assert row.md5 is None or re.fullmatch("[0-9a-f]{32}", row.md5)


@ROWS
def test_a_published_file_is_found_by_its_checksum(row: CatalogRow) -> None:
    if row.verifiable:
        assert row_with_digest(sha256=row.sha256, md5=row.md5) is row


def test_the_bundled_model_is_what_the_table_says() -> None:
    row = CATALOG["demo"]
    try:
        info = inspect_checkpoint("demo")
    except ResourceMissing:
        pytest.skip("the demo model is not in this checkout")
    assert (info.name, info.preset, info.licence) == (row.name, row.preset, row.licence)


def test_no_checksum_finds_nothing() -> None:
    assert row_with_digest() is None
    assert row_with_digest(sha256="0" * 64, md5="0" * 32) is None


def test_every_row_has_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDSAM_MODELS", str(tmp_path))
    sizes = {name: size for name, size, *_ in describe_catalog()}
    assert all(size.endswith(" MB") for size in sizes.values())
    assert (sizes["medsam"], sizes["litemedsam"]) == ("375 MB", "about 39 MB")
    assert sizes["demo"] == f"{resource_path('Models/demo.safetensors').stat().st_size / 1e6:.0f} MB"
    (tmp_path / CATALOG["litemedsam"].file_name).write_bytes(bytes(3_000_000))
    assert {name: size for name, size, *_ in describe_catalog()}["litemedsam"] == "3 MB"


def test_the_table_says_what_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDSAM_MODELS", str(tmp_path))
    (tmp_path / CATALOG["medsam"].file_name).write_bytes(b"x")
    here = {name: presence for name, _, _, presence, _ in describe_catalog()}
    assert here["medsam"] == "yes" and here["vit_h"] == "no" and here["litemedsam"] == "by hand"
