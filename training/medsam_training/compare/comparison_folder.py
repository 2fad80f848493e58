"""What lies where in the folder of a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from medsam_core.atomic_file import make_folder
from medsam_core.errors import OutputError

_LOCK = ".lock"


@dataclass(frozen=True)
class ComparisonFolder:
    """A comparison on disk.

    Attributes:
        path: the folder.
    """

    path: Path

    @property
    def table_csv(self) -> Path:
        """A line for each competitor and set."""
        return self.path / "comparison.csv"

    @property
    def table_json(self) -> Path:
        """The same with everything that led to it."""
        return self.path / "comparison.json"

    @property
    def figure(self) -> Path:
        """The table as a picture, with examples."""
        return self.path / "comparison.png"

    def specialist(self, kind: str) -> Path:
        """The run of a specialist, as `fit` lays it out."""
        return self.path / "specialists" / kind

    def measured(self, key: str) -> Path:
        """Rows of one competitor, study by study."""
        return self.path / "measured" / key

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the folder for one run.

        Raises:
            OutputError: it holds other files, or another run is at it.
        """
        make_folder(self.path)
        ours = {"specialists", "measured", "slices.csv", "cases.csv", "summary.json", _LOCK}
        ours |= {path.name for path in (self.table_csv, self.table_json, self.figure)}
        strangers = sorted({path.name for path in self.path.iterdir()} - ours)
        if strangers:
            problem = f"holds other files ({strangers[0]})"
            raise OutputError(self.path, problem, "give a new folder, or one that compare made")
        try:
            with FileLock(self.path / _LOCK, timeout=0):
                yield
        except Timeout as error:
            raise OutputError(self.path, "is being written by another run", "wait for it to end") from error
