"""The folder of a prepared set, claimed by one run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from medsam_core.atomic_file import make_folder
from medsam_core.errors import OutputError
from medsam_training.prepare.contact_sheet import NAME as CONTACT_SHEET
from medsam_training.prepared_set.manifest_file import NAME as MANIFEST

_LOCK = ".lock"
_OURS = frozenset({MANIFEST, "arrays", "records", _LOCK, CONTACT_SHEET})


@contextmanager
def claimed_folder(folder: Path) -> Iterator[None]:
    """Work in a folder that no other run works in. A run that fails with nothing to show leaves nothing.

    Args:
        folder: made if need be, with those above it; must hold nothing but what `prepare` writes.

    Raises:
        OutputError: it holds other files, cannot be made, or another run is at it.
    """
    with _made(folder):
        _check_strangers(folder)
        lock = folder / _LOCK
        is_new = not lock.exists()
        try:
            with FileLock(lock, timeout=0), _left_as_it_was(folder, is_new):
                yield
        except Timeout as error:
            raise OutputError(folder, "is being prepared by another run", "wait for it to end") from error


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder; if the block fails, remove those that were made and are empty."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    make_folder(folder)
    try:
        yield
    except BaseException:
        with suppress(OSError):  # the first that is not empty ends it
            for path in missing:
                path.rmdir()
        raise


def _check_strangers(folder: Path) -> None:
    strangers = sorted({path.name for path in folder.iterdir()} - _OURS)
    if strangers and not (folder / "records").is_dir():
        problem = f"holds other files ({strangers[0]})"
        raise OutputError(folder, problem, "give a new folder, or one that prepare made")


@contextmanager
def _left_as_it_was(folder: Path, remove_lock: bool) -> Iterator[None]:
    """If the block fails, remove empty folders, and the lock if nothing else is there.

    The lock goes while it is held: after that, it could be another run's.
    """
    try:
        yield
    except BaseException:
        with suppress(OSError):  # Windows does not remove what is open, but filelock removes it there
            for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
                if not any(path.iterdir()):
                    path.rmdir()
            if remove_lock and [path.name for path in folder.iterdir()] == [_LOCK]:
                (folder / _LOCK).unlink()
        raise
