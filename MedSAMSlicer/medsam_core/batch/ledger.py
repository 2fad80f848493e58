"""What each rank has done so far, in a file of its own; together they are the summary."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from filelock import FileLock, Timeout
from pydantic import ValidationError

from medsam_core.atomic_file import make_folder
from medsam_core.batch.case_row import ROW, CaseRow
from medsam_core.batch.shard import Shard
from medsam_core.errors import OutputError

FOLDER = ".batch"
_LARGEST = 256 << 20
_PATIENCE_SECONDS = 1.0  # another rank may hold it for a moment, to see whether we are there


@dataclass(frozen=True)
class LedgerContent:
    """What a ledger says.

    Attributes:
        batch: key of the list of cases it is of.
        start: see `Shard`.
        rows: by id.
        ended: whether its rank has come to the end of its share.
    """

    batch: str = ""
    start: str = ""
    rows: dict[str, CaseRow] = field(default_factory=dict)
    ended: bool = False

    @classmethod
    def read(cls, path: Path) -> LedgerContent:
        """That of a file, up to where it breaks off; empty if there is none."""
        try:
            with path.open("rb") as stream:
                lines = stream.read(_LARGEST).splitlines()
            head = json.loads(lines[0])
            rows = [ROW.validate_json(line) for line in lines[1:] if line.startswith(b'{"id"')]
            batch, start = str(head["batch"]), str(head["start"])
        except (OSError, ValueError, LookupError, TypeError, RecursionError, ValidationError):
            return cls()
        return cls(batch, start, {row.id: row for row in rows}, lines[-1] == _END)


_END = b'{"end": true}'


@dataclass(frozen=True, eq=False)
class Ledger:
    """A rank's ledger, open for writing."""

    _stream: TextIO
    _folder: Path

    @classmethod
    @contextmanager
    def open(cls, folder: Path, shard: Shard, batch: str) -> Iterator[Ledger]:
        """Begin a new one; nobody else can be this rank in this folder until the block ends.

        Args:
            folder: the output folder.
            batch: key of the list of cases.

        Raises:
            OutputError: another run is at it, or the folder does not take files.
        """
        make_folder(folder / FOLDER)
        path = path_of(folder, shard.rank, shard.world)
        with _locked(folder, path.with_suffix(".lock")), _writable(folder, path) as stream:
            ledger = cls(stream, folder)
            ledger._write(json.dumps({"batch": batch, "start": shard.start}))
            yield ledger

    def add(self, row: CaseRow) -> None:
        """Note what became of a case; a kill right afterwards does not lose it."""
        self._write(json.dumps(row.to_json()))

    def end(self) -> None:
        """Note that the share is done."""
        self._write(_END.decode())

    def _write(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except OSError as error:
            raise _unwritable(self._folder, error) from error


@contextmanager
def _locked(folder: Path, path: Path) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=_PATIENCE_SECONDS)
    except Timeout as error:
        remedy = "wait for its end, or name another folder"
        raise OutputError(folder, "another run is writing there", remedy) from error
    except (OSError, NotImplementedError) as error:
        raise _unwritable(folder, error) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _writable(folder: Path, path: Path) -> Iterator[TextIO]:
    try:
        stream = path.open("w", encoding="utf-8")
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield stream
    finally:
        with suppress(OSError):  # what could not be written was told when it was tried
            stream.close()


def _unwritable(folder: Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return OutputError(folder, f"takes no files ({reason})", "free some space or name another folder")


def path_of(folder: Path, rank: int, world: int) -> Path:
    """The file of a rank."""
    return folder / FOLDER / f"rank-{rank}-of-{world}.jsonl"


def is_alone(folder: Path, shard: Shard) -> bool:
    """Whether no other rank, of this start or another one, is running in a folder."""
    own = path_of(folder, shard.rank, shard.world).with_suffix(".lock")
    for path in (folder / FOLDER).glob("rank-*.lock"):
        if path != own:
            try:
                with FileLock(path).acquire(timeout=0):
                    continue
            except (Timeout, OSError, NotImplementedError):
                return False
    return True


def read_ledgers(folder: Path, shard: Shard, batch: str) -> list[LedgerContent]:
    """Those of all ranks that are of this list of cases; of the others an empty one."""
    found = [LedgerContent.read(path_of(folder, rank, shard.world)) for rank in range(shard.world)]
    return [ledger if ledger.batch == batch else LedgerContent() for ledger in found]
