"""Bring one file from an address to a folder: whole, checked, resumable, or not at all."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from medsam_core.checkpoints.download_job import Download
from medsam_core.checkpoints.transfer import MAX_BYTES, Dropped, Transfer, open_transfer
from medsam_core.errors import Cancelled, DownloadError

Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]

SCHEMES = ("https", "http", "file")
_ROOM_TO_SPARE = 64 << 20
_LOCK_POLL_SECONDS = 0.2


def download(
    job: Download,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    waits: tuple[float, ...] = (1, 2, 4, 8),
) -> Path:
    """Bring a file, or return at once if a good one is there.

    Args:
        job: what and where.
        progress: called with (bytes so far, bytes in all, 0 where the server does not say).
        cancel: asked between chunks; True stops and keeps what came for the next attempt.
        waits: seconds to wait before each further attempt after a dropped connection.

    Returns:
        `job.target`, with the right size and checksum.

    Raises:
        DownloadError: address, server, size, checksum or disk; an existing file is left as it was.
        Cancelled: `cancel` said so.
    """
    _require_scheme(job)
    cancel = cancel or (lambda: False)
    with _failures_of_disk(job), _alone(job, cancel):
        if job.target.exists() and job.problem_of(job.target) is None:
            return job.target
        resumes = job.part.exists()
        problem = _attempt(job, progress or _silent, cancel, waits)
        if problem is not None and resumes:  # the fault may lie in what an earlier attempt left
            problem = _attempt(job, progress or _silent, cancel, waits)
        if problem is not None:
            raise DownloadError(
                job.name, f"what came from {job.url} {problem}", "try again, or give another --url"
            )
        job.finish()
    return job.target


def _silent(done: int, total: int) -> None:
    """Nobody wants to know."""


def _attempt(job: Download, progress: Progress, cancel: Cancel, waits: tuple[float, ...]) -> str | None:
    """Bring the file and check it; a bad one is thrown away and its fault returned."""
    _bring_with_retries(job, progress, cancel, waits)
    problem = job.problem_of(job.part)
    if problem is not None:
        job.forget()
    return problem


def _require_scheme(job: Download) -> None:
    try:
        known = urlsplit(job.url).scheme.lower() in SCHEMES
    except ValueError:  # brackets that do not close, for one
        known = False
    if not known:
        raise DownloadError(
            job.url, f"is not an address of {', '.join(SCHEMES)}", "give --url https://... or file:///..."
        )


@contextmanager
def _failures_of_disk(job: Download) -> Iterator[None]:
    try:
        job.target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        problem = f"cannot be written ({error.strerror or error})"
        raise DownloadError(error.filename or job.target, problem, "choose another folder") from error


@contextmanager
def _alone(job: Download, cancel: Cancel) -> Iterator[None]:
    """Wait until no other process brings the same file; the second then finds it there."""
    lock = FileLock(str(job.target) + ".lock")
    while True:
        try:
            lock.acquire(timeout=_LOCK_POLL_SECONDS)
            break
        except Timeout:
            if cancel():
                raise Cancelled(job.name) from None
    try:
        yield
    finally:
        lock.release()


def _bring_with_retries(job: Download, progress: Progress, cancel: Cancel, waits: tuple[float, ...]) -> None:
    failures, most = 0, -1
    while True:
        try:
            return _bring(job, progress, cancel)
        except Dropped as dropped:
            have = job.part.stat().st_size if job.part.exists() else 0
            failures = 1 if have > most else failures + 1  # an attempt that got on does not count
            most = max(most, have)
            if failures > len(waits):
                problem = f"{job.url} failed {failures} times: {dropped}"
                raise DownloadError(job.name, problem, "try again later: it resumes") from dropped
            _sleep(max(waits[failures - 1], dropped.wait_seconds), job, cancel)


def _sleep(seconds: float, job: Download, cancel: Cancel) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if cancel():
            raise Cancelled(job.name)
        time.sleep(min(left, _LOCK_POLL_SECONDS))


def _bring(job: Download, progress: Progress, cancel: Cancel) -> None:
    """One attempt; it goes on from the end of the unfinished file if the server still has that version."""
    have = job.part.stat().st_size if job.part.exists() else 0
    with open_transfer(job.url, have, job.remembered_validator(), verifiable=job.verifiable) as transfer:
        _check_announced(job, transfer)
        job.remember(transfer.validator)
        with job.part.open("r+b" if transfer.start else "wb") as file:
            file.truncate(transfer.start)
            file.seek(transfer.start)
            _pour(job, transfer, file, progress, cancel)
            file.flush()
            os.fsync(file.fileno())


def _pour(job: Download, transfer: Transfer, file: BinaryIO, progress: Progress, cancel: Cancel) -> None:
    done, limit = transfer.start, transfer.total or job.bytes or MAX_BYTES
    progress(done, transfer.total or 0)
    for chunk in transfer.chunks():
        done += len(chunk)
        if done > limit:
            raise DownloadError(job.name, f"{job.url} sends more than {limit} bytes", "give another --url")
        file.write(chunk)
        progress(done, transfer.total or 0)
        if cancel():
            raise Cancelled(job.name)
    if transfer.total is not None and done < transfer.total:
        raise Dropped(f"the connection ended after {done} of {transfer.total} bytes")


def _check_announced(job: Download, transfer: Transfer) -> None:
    """Refuse before a byte is written: a size that cannot be right, or a disk that is too small."""
    if job.bytes is not None and transfer.total not in (None, job.bytes):
        raise DownloadError(
            job.name,
            f"{job.url} has {transfer.total} bytes instead of {job.bytes}",
            "it is another file; give another --url",
        )
    expected = transfer.total or job.bytes or 0
    if expected > MAX_BYTES:
        raise DownloadError(
            job.name, f"{expected} bytes are more than a checkpoint has", "give another --url"
        )
    free = shutil.disk_usage(job.target.parent).free
    if free < expected - transfer.start + _ROOM_TO_SPARE:
        raise DownloadError(
            job.target.parent,
            f"has {free >> 20} MiB free and {(expected - transfer.start) >> 20} MiB more are needed",
            "free some room or choose another folder",
        )
