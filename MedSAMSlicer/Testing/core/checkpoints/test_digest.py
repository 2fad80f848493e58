"""A checksum is of the file as it is now."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from medsam_core.checkpoints import digest
from medsam_core.checkpoints.digest import md5_of, sha256_of
from medsam_core.errors import CheckpointError


def test_checksums_are_the_standard_ones(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc" * 3_000_000)
    assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert md5_of(path) == hashlib.md5(path.read_bytes()).hexdigest()


def test_a_changed_file_gets_another_checksum(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    before = sha256_of(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert sha256_of(path) != before


def test_an_unchanged_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"read me once")
    first = sha256_of(path)
    monkeypatch.setattr(digest.hashlib, "new", None)
    assert sha256_of(path) == first


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        sha256_of(tmp_path / "nothing")
