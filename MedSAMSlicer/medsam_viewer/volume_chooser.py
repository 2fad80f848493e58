"""Volumes read beside the page, wherever they come from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.errors import VolumeError
from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume
from medsam_viewer.messages import Messages

if TYPE_CHECKING:
    from trame_server.state import State


class VolumeChooser:
    """Reads volumes while the page stays free.

    Args:
        state: of the page.
        messages: for what went wrong.
        chosen: is given a volume that was read.
    """

    def __init__(self, state: State, messages: Messages, chosen: Callable[[Volume], None]) -> None:
        self._state, self._messages, self._chosen = state, messages, chosen
        self._reading = asyncio.Lock()

    async def open(self, path: Path, shown: str = "") -> None:
        """Read a volume and have it shown; a second one waits for the first.

        Args:
            path: the file or DICOM folder.
            shown: what the user calls it; its name by default.
        """
        name = shown or path.name
        async with self._reading:
            self._state.volume_reading = f"Reading {name} …"
            self._messages.tell(f"Reading {name} …")
            self._state.flush()
            try:
                with self._messages.edge():
                    volume = await asyncio.get_running_loop().run_in_executor(None, _read, path, name)
                    self._messages.tell("")
                    self._chosen(volume)
            finally:
                self._state.volume_reading = ""
                self._state.flush()


def _read(path: Path, name: str) -> Volume:
    """Where the server keeps it is nothing to the user: errors name it as they do."""
    try:
        return read_volume(path)
    except VolumeError as error:
        raise VolumeError(name, error.problem, error.remedy) from error
