"""The files a case writes."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from medsam_core.atomic_file import atomic_output
from medsam_core.batch.case import Case
from medsam_core.errors import OutputError

SUMMARIES = ("summary.csv", "summary.json")
_TEMPORARY = re.compile(r"\.tmp-[0-9a-f]{12}(\..+)?")  # as `atomic_output` names them
_STALE_SECONDS, _STALE_SECONDS_ALONE = 600.0, 2.0


@dataclass(frozen=True)
class CaseFiles:
    """Labels, report and, if wanted, overview of one case; the report is renamed last.

    So a report that is there tells of labels that are there: it is the mark of a finished case.
    """

    labels: Path
    report: Path
    overview: Path | None = None

    @classmethod
    def of(cls, case: Case, folder: Path, *, overviews: bool) -> CaseFiles:
        """Those of a case in an output folder."""
        labels, report, overview = (folder / name for name in names_of(case))
        return cls(labels, report, overview if overviews else None)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Those that are written, in the order in which they appear."""
        return tuple(path for path in (self.labels, self.overview, self.report) if path is not None)

    def check_free(self) -> None:
        """Refuse to replace a file.

        Raises:
            OutputError: one of them exists.
        """
        for path in self.paths:
            if os.path.lexists(path):
                raise OutputError(path, "exists already", "pass --resume to go on, or --force to redo it")

    @contextmanager
    def open(self) -> Iterator[CaseFiles]:
        """Yield temporary names to write to; all are renamed when the block ends, none if it fails."""
        with ExitStack() as files:
            temporary = {
                path: files.enter_context(atomic_output(path, overwrite=True)) for path in self.paths[::-1]
            }
            overview = None if self.overview is None else temporary[self.overview]
            with _named_finally({str(other): path for path, other in temporary.items()}):
                yield CaseFiles(temporary[self.labels], temporary[self.report], overview)


@contextmanager
def _named_finally(finals: dict[str, Path]) -> Iterator[None]:
    """Let errors name the file that was to be, not the temporary one."""
    try:
        yield
    except OutputError as error:
        raise OutputError(finals.get(error.subject, error.subject), error.problem, error.remedy) from error


def names_of(case: Case) -> tuple[str, str, str]:
    """Names of labels, report and overview."""
    return case.output, f"{case.id}.report.json", f"{case.id}.overview.png"


def check_inputs_are_kept(cases: Iterable[Case], folder: Path, others: Iterable[Path]) -> None:
    """Refuse an output folder in which a run would replace, or add to, something that it reads.

    Args:
        others: files that are read besides those of the cases: the list itself, the model.

    Raises:
        OutputError: naming the file or folder.
    """
    cases = tuple(cases)
    images = {case.image for case in cases}
    inputs = {*images, *(case.prompts for case in cases if case.prompts), *others}
    read = {key: path for path in inputs if (key := _file_key(path)) is not None}
    real = Path(os.path.realpath(folder))  # unlike resolve(), takes any path
    inside = {real, *real.parents}
    for image in images:
        if os.path.isdir(image) and Path(os.path.realpath(image)) in inside:  # noqa: PTH112
            raise OutputError(folder, f"lies in the image folder {image}", "name a folder elsewhere")
    for path in (folder / name for case in cases for name in (*names_of(case), *SUMMARIES)):
        key = _file_key(path)
        if key in read:
            raise OutputError(path, "is a file that is read", "name another output or output folder")


def remove_stale_temporaries(folder: Path, *, alone: bool) -> None:
    """Remove what a killed run left half-written, unless it was touched lately: another run may be at it.

    Args:
        alone: no other rank is running in the folder; lately is then seconds, and minutes otherwise.
    """
    stale = _STALE_SECONDS_ALONE if alone else _STALE_SECONDS
    now = time.time()
    for path in folder.glob(".tmp-*"):
        with contextlib.suppress(OSError):  # another rank may have been faster
            if _TEMPORARY.fullmatch(path.name) and now - path.lstat().st_mtime > stale:
                path.unlink()


def _file_key(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
