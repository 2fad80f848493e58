"""Published checkpoints arrive checked, or a line says why not."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from medsam_core.checkpoints import catalog
from medsam_core.checkpoints.catalog import CATALOG, fetched_path
from medsam_core.checkpoints.fetch import fetch
from medsam_core.errors import DownloadError, OptionError

CONTENT = b"weights" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def mirror(tmp_path: Path) -> str:
    path = tmp_path / "mirror.pth"
    path.write_bytes(CONTENT)
    return path.as_uri()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def test_a_mirror_is_held_to_the_catalog_s_size_and_checksum(
    mirror: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("vit_b", "medsam"):
        with pytest.raises(DownloadError, match="has 7000 bytes instead of"):
            fetch(name, url=mirror, folder=folder)
    monkeypatch.setitem(catalog.CATALOG, "medsam", replace(CATALOG["medsam"], bytes=None))
    with pytest.raises(DownloadError, match="md5"):
        fetch("medsam", url=mirror, folder=folder)
    assert not fetched_path(CATALOG["medsam"], folder).exists()


def test_a_good_mirror_is_taken(mirror: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(CATALOG["vit_b"], bytes=len(CONTENT), sha256=SHA256)
    monkeypatch.setitem(catalog.CATALOG, "vit_b", row)
    assert fetch("vit_b", url=mirror, folder=folder) == folder / "sam_vit_b_01ec64.pth"


def test_the_caller_s_checksum_takes_the_place_of_the_catalog_s(mirror: str, folder: Path) -> None:
    assert fetch("vit_b", url=mirror, folder=folder, sha256=SHA256.upper()).read_bytes() == CONTENT
    with pytest.raises(DownloadError, match="sha256"):
        fetch("vit_l", url=mirror, folder=folder, sha256="0" * 64)


def test_a_file_without_a_published_checksum_needs_consent(mirror: str, folder: Path) -> None:
    with pytest.raises(DownloadError, match="checksum"):
        fetch("litemedsam", url=mirror, folder=folder)
    assert fetch("litemedsam", url=mirror, folder=folder, accept_unverified=True).read_bytes() == CONTENT


def test_a_file_without_an_address_says_where_to_get_it(folder: Path) -> None:
    with pytest.raises(DownloadError, match="bowang-lab/MedSAM"):
        fetch("litemedsam", folder=folder)


@pytest.mark.parametrize("name", ["medsma", "vit_x", "", "../vit_b", "demo"])
def test_other_names_are_refused_with_a_hint(name: str, folder: Path) -> None:
    with pytest.raises(OptionError) as caught:
        fetch(name, folder=folder)
    assert "use" in str(caught.value) and not folder.exists()


@pytest.mark.parametrize("sha256", ["", "abc", "g" * 64, "0" * 63])
def test_a_checksum_that_is_none_is_refused(sha256: str, mirror: str, folder: Path) -> None:
    with pytest.raises(OptionError, match="--sha256"):
        fetch("vit_b", url=mirror, folder=folder, sha256=sha256)


def test_without_a_folder_the_user_s_models_folder_is_used(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDSAM_MODELS", str(tmp_path / "shared disk"))
    assert fetch("vit_b", url=mirror, sha256=SHA256).parent == tmp_path / "shared disk"


def test_the_catalog_and_downloads_work_without_torch() -> None:
    modules = "medsam_core.checkpoints.fetch, medsam_core.checkpoints.names"
    code = f"import sys, {modules}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_what_is_no_regular_file_is_not_read(folder: Path) -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("needs a device that never ends")
    with pytest.raises(DownloadError, match="no regular file"):
        fetch("medsam", url="file:///dev/zero", folder=folder)
