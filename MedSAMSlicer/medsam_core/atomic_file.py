"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from medsam_core.errors import OutputError

_REMEDIES = {
    errno.ENOSPC: ("there is no space left on the device", "free some space or write elsewhere"),
    errno.EDQUOT: ("the disk quota is used up", "free some space or write elsewhere"),
    errno.EACCES: ("writing there is not permitted", "choose a folder you may write to"),
    errno.EPERM: ("writing there is not permitted", "choose a folder you may write to"),
    errno.EROFS: ("the file system is read-only", "choose a folder you may write to"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
    errno.EFBIG: ("the file grows too large for this file system", "write elsewhere"),
}


@contextlib.contextmanager
def atomic_output(path: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Write a file under a temporary name and rename it once it is complete.

    The temporary file lies in the same folder (a rename is atomic only within a file system), carries the
    same suffixes (writers choose the format by them) and starts with a dot. It exists, empty, when the
    block starts. Whatever ends the block early, KeyboardInterrupt included, it is removed and ``path`` is
    as it was.

    Args:
        path: the file to make.
        overwrite: replace an existing file; otherwise it is refused before anything is written, and also
            if it appeared in the meantime.

    Yields:
        The temporary path to write to.

    Raises:
        OutputError: the file exists, the folder is missing or cannot be written to, or the disk is full.
    """
    target = Path(path)
    check_output(target, overwrite=overwrite)
    with _output_errors(target):
        temporary = _create_beside(target)
        mode = temporary.stat().st_mode
        try:
            yield temporary
            temporary.chmod(
                mode
            )  # some writers (safetensors) put a file of their own there, closed to others
            _flush_to_disk(temporary)
            check_output(target, overwrite=overwrite)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # some network file systems cannot flush a folder; the file is there
        _flush_to_disk(target.parent)


def check_output(path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Refuse a path that ``atomic_output`` would refuse: worth doing before long work.

    Raises:
        OutputError: the folder is missing, or the path exists and is no file or must not be replaced.
    """
    target = Path(path)
    with _output_errors(target):
        if not target.parent.is_dir():
            raise OutputError(target, f"the folder {target.parent} does not exist", "create it first")
        try:
            target.lstat()  # unlike exists(), says so if the name is too long
        except FileNotFoundError:
            return
        if _is_looped(target):
            raise OutputError(target, "is a loop of links", "remove it or choose another name")
        if target.is_dir() or (target.exists() and not target.is_file()):
            raise OutputError(target, "is not a file", "name the file to write")
        if not overwrite:
            raise OutputError(
                target, "exists already", "pass --force to replace it (overwrite=True in Python)"
            )


def make_folder(path: str | os.PathLike[str]) -> None:
    """Make a folder for outputs, with those above it, unless it is there.

    Raises:
        OutputError: it cannot be made, or a file has its name.
    """
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise OutputError(folder, "is not a folder", "name a folder, or a name that is free")
    with _output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def full_suffix(path: Path) -> str:
    """The suffix that names the format, ``.seg.nrrd`` and ``.nii.gz`` included, in lower case."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if len(suffixes) == 2 and (suffixes[0] == ".seg" or suffixes[1] == ".gz"):
        return "".join(suffixes)
    return suffixes[-1] if suffixes else ""


def _is_looped(target: Path) -> bool:
    try:
        target.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _create_beside(target: Path) -> Path:
    temporary = target.with_name(f".tmp-{secrets.token_hex(6)}{full_suffix(target)}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    os.close(descriptor)
    return temporary


def _flush_to_disk(path: Path) -> None:
    if os.name == "nt":  # Windows can flush neither a folder nor a file opened for reading
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _output_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        unforeseen = (f"cannot be written ({reason})", "write elsewhere")
        problem, remedy = _REMEDIES.get(error.errno or 0, unforeseen)
        raise OutputError(target, problem, remedy) from error
