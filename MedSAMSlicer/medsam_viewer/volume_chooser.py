"""Opening volumes: from the command line, and from the list in the page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume
from medsam_viewer.allowed_folders import AllowedFolders
from medsam_viewer.messages import Messages

if TYPE_CHECKING:
    from trame_server.state import State


class VolumeChooser:
    """Reads volumes beside the page, which stays free.

    Args:
        state: of the page.
        folders: where volumes may lie.
        messages: for what went wrong.
        chosen: is given a volume that was read.
    """

    def __init__(
        self,
        state: State,
        folders: AllowedFolders,
        messages: Messages,
        chosen: Callable[[Volume], None],
    ) -> None:
        self._state, self._folders, self._messages, self._chosen = state, folders, messages, chosen
        self._folder: Path | None = None
        self._reading = asyncio.Lock()
        state.update(can_browse=bool(folders.roots), is_browsing=False, browse_entries=[], browse_folder="")
        state.browse_can_open_folder = False

    def browse(self) -> None:
        """Show the list."""
        with self._messages.edge():
            if self._folder is None and len(self._folders.roots) == 1:
                self._folder = self._folders.roots[0]
            self._list(self._folder)
            self._state.is_browsing = True

    async def choose(self, path: str, is_folder: bool) -> None:
        """Go into a folder, or open a file."""
        with self._messages.edge():
            if is_folder:
                self._list(self._folders.resolve(str(path)) if path else None)
                return
            await self.open(self._folders.resolve(str(path)))

    async def open_folder(self) -> None:
        """Open the listed folder as a DICOM series."""
        if self._folder is not None:
            with self._messages.edge():
                await self.open(self._folders.resolve(str(self._folder)))

    async def open(self, path: Path) -> None:
        """Read a volume and have it shown; a second one waits for the first."""
        async with self._reading:
            self._state.update(volume_reading=f"Reading {path.name} …", is_browsing=False)
            self._messages.tell(f"Reading {path.name} …")
            self._state.flush()
            try:
                with self._messages.edge():
                    volume = await asyncio.get_running_loop().run_in_executor(None, read_volume, path)
                    self._messages.tell("")
                    self._chosen(volume)
            finally:
                self._state.volume_reading = ""
                self._state.flush()

    def _list(self, folder: Path | None) -> None:
        """None for the list of the folders that may be opened."""
        self._folder = folder
        if folder is None:
            rows = [(str(root), str(root)) for root in self._folders.roots]
            entries = [{"name": name, "path": path, "is_folder": True} for name, path in rows]
        else:
            above = self._folders.parent(folder)
            is_top = above is None and len(self._folders.roots) == 1
            up = [] if is_top else [{"name": "..", "path": str(above or ""), "is_folder": True}]
            found = self._folders.listing(folder)
            entries = up + [
                {"name": one.name, "path": str(one.path), "is_folder": one.is_folder} for one in found
            ]
        self._state.browse_entries = entries
        self._state.browse_folder = "" if folder is None else str(folder)
        self._state.browse_can_open_folder = folder is not None
