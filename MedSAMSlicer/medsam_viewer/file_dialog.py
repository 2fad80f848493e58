"""The list of files that may be opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.errors import OptionError, VolumeError
from medsam_viewer.allowed_folders import AllowedFolders
from medsam_viewer.messages import Messages

if TYPE_CHECKING:
    from trame_server.state import State


@dataclass(frozen=True)
class FileKind:
    """What can be looked for.

    Attributes:
        title: of the list.
        suffixes: of the files that are listed.
        picked: is given the path that was chosen.
        folders: whether a folder can be picked too.
    """

    title: str
    suffixes: tuple[str, ...]
    picked: Callable[[Path], Awaitable[None]]
    folders: bool = False


class FileDialog:
    """One list in the page for every kind of file.

    Args:
        state: of the page.
        folders: where files may lie.
        messages: for what went wrong.
        kinds: by name.
    """

    def __init__(
        self, state: State, folders: AllowedFolders, messages: Messages, kinds: Mapping[str, FileKind]
    ) -> None:
        self._state, self._folders, self._messages, self._kinds = state, folders, messages, kinds
        self._kind = next(iter(kinds.values()))
        self._folder: Path | None = None
        state.update(can_browse=bool(folders.roots), is_browsing=False, browse_entries=[], browse_folder="")
        state.update(browse_can_open_folder=False, browse_title=self._kind.title)

    def browse(self, kind: str) -> None:
        """Show the list.

        Args:
            kind: what is looked for.
        """
        with self._messages.edge():
            if kind not in self._kinds:
                raise OptionError("list", f"there is none of '{kind}'", "reload the page")
            self._kind = self._kinds[kind]
            try:
                self._list(self._folder or self._top())
            except VolumeError:  # it was there when it was listed
                self._list(self._top())
            self._state.update(is_browsing=True, browse_title=self._kind.title)

    async def choose(self, path: str, is_folder: bool) -> None:
        """Go into a folder, or pick a file."""
        with self._messages.edge():
            if is_folder:
                self._list(self._folders.resolve(str(path)) if path else None)
                return
            await self._pick(self._folders.resolve(str(path)))

    async def open_folder(self) -> None:
        """Pick the listed folder."""
        if self._folder is not None and self._kind.folders:
            with self._messages.edge():
                await self._pick(self._folders.resolve(str(self._folder)))

    async def _pick(self, path: Path) -> None:
        self._state.is_browsing = False
        await self._kind.picked(path)

    def _top(self) -> Path | None:
        return self._folders.roots[0] if len(self._folders.roots) == 1 else None

    def _list(self, folder: Path | None) -> None:
        """None for the list of the folders that may be opened."""
        if folder is None:
            rows = [(str(root), str(root)) for root in self._folders.roots]
            entries = [{"name": name, "path": path, "is_folder": True} for name, path in rows]
        else:
            above = self._folders.parent(folder)
            is_top = above is None and len(self._folders.roots) == 1
            up = [] if is_top else [{"name": "..", "path": str(above or ""), "is_folder": True}]
            found = self._folders.listing(folder, self._kind.suffixes)
            entries = up + [
                {"name": one.name, "path": str(one.path), "is_folder": one.is_folder} for one in found
            ]
        self._folder = folder
        self._state.browse_entries = entries
        self._state.browse_folder = "" if folder is None else str(folder)
        self._state.browse_can_open_folder = folder is not None and self._kind.folders
