"""Checksums of files, remembered while the file stays the same."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from medsam_core.errors import CheckpointError

_CHUNK = 4 << 20
ALGORITHMS = ("sha256", "md5")


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of a file's content.

    Raises:
        CheckpointError: the file cannot be read.
    """
    return _digest_of(path, "sha256")


def md5_of(path: Path) -> str:
    """Hexadecimal md5 of a file's content: good enough to recognise a published file, not to trust one.

    Raises:
        CheckpointError: the file cannot be read.
    """
    return _digest_of(path, "md5")


def _digest_of(path: Path, algorithm: str) -> str:
    try:
        status = path.stat()
        # A file that changes gets another time or size, hence another key: nothing stale is answered.
        return _remembered(path.resolve(), status.st_mtime_ns, status.st_size, algorithm)
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
        raise CheckpointError(path, problem, "check that it exists and that you may read it") from error


@lru_cache(maxsize=256)
def _remembered(path: Path, mtime_ns: int, size: int, algorithm: str) -> str:
    # `usedforsecurity` lets md5 work where a FIPS build forbids it for signatures.
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
