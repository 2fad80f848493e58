"""Where files may be opened from."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from medsam_core.errors import OptionError, VolumeError

MOST_ENTRIES = 500


@dataclass(frozen=True)
class Entry:
    """A row of a folder's listing."""

    name: str
    path: Path
    is_folder: bool


class AllowedFolders:
    """Holds every path to the folders, and the image, that were named on the command line.

    Args:
        folders: with all that lies below them.
        image: a file or DICOM folder besides.

    Raises:
        OptionError: a folder does not exist.
    """

    def __init__(self, folders: tuple[Path, ...] = (), image: Path | None = None) -> None:
        for folder in folders:
            if not folder.is_dir():
                raise OptionError("--folder", f"'{folder}' is no folder", "name one that exists")
        self.roots = tuple(folder.resolve() for folder in folders)
        self._image = None if image is None else image.resolve()

    def resolve(self, given: str) -> Path:
        """A path that may be read, links followed.

        Args:
            given: absolute, or below the first folder.

        Raises:
            VolumeError: it lies elsewhere; whether it exists there is not told.
        """
        try:
            path = (self.roots[0] / given if self.roots else Path(given)).resolve()
        except (OSError, ValueError, RuntimeError) as error:
            raise VolumeError(given[:200], "is no path", "choose a file from the list") from error
        if self._holds(path):
            return path
        remedy = "start the viewer with --folder for that place"
        raise VolumeError(given[:200], "lies outside of the folders that may be opened", remedy)

    def listing(self, folder: Path, suffixes: tuple[str, ...]) -> list[Entry]:
        """Folders, and files of some kinds, in an allowed folder, folders first; at most `MOST_ENTRIES`.

        Args:
            folder: what `resolve` gave.
            suffixes: the ends of the files' names.

        Raises:
            VolumeError: it cannot be read.
        """
        try:
            found = list(itertools.islice(folder.iterdir(), 20 * MOST_ENTRIES))
            shown = [path for path in found if self._is_shown(path, suffixes)]
            entries = [Entry(path.name, path, path.is_dir()) for path in shown]
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise VolumeError(folder, f"cannot be read ({reason})", "check its permissions") from error
        return sorted(entries, key=lambda e: (not e.is_folder, e.name.lower()))[:MOST_ENTRIES]

    def parent(self, folder: Path) -> Path | None:
        """The folder above, if it is allowed too."""
        above = folder.parent
        return above if any(above.is_relative_to(root) for root in self.roots) else None

    def _holds(self, path: Path) -> bool:
        below = any(path.is_relative_to(root) for root in self.roots)
        return below or (self._image is not None and path == self._image)

    def _is_shown(self, path: Path, suffixes: tuple[str, ...]) -> bool:
        try:
            if path.name.startswith(".") or not self._holds(path.resolve()):
                return False
            return path.is_dir() or path.name.lower().endswith(suffixes)
        except (
            OSError,
            RuntimeError,
        ):  # links in a circle, or to where nobody may look: the others are shown
            return False
