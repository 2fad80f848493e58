"""Volumes read beside the page, wherever they come from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.errors import VolumeError
from medsam_core.formats.dicom_series import find_series
from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume
from medsam_viewer.messages import Messages
from medsam_viewer.series_question import SeriesQuestion

if TYPE_CHECKING:
    from trame_server.state import State


class VolumeChooser:
    """Reads volumes while the page stays free.

    Args:
        state: of the page.
        messages: for what went wrong.
        reading: held while anything is read.
        question: asks which series of a folder is meant.
        may_leave: whether the volume before may be closed.
        chosen: is given a volume that was read.
    """

    def __init__(
        self,
        state: State,
        messages: Messages,
        reading: asyncio.Lock,
        question: SeriesQuestion,
        may_leave: Callable[[], Awaitable[bool]],
        chosen: Callable[[Volume], None],
    ) -> None:
        self._state, self._messages, self._question, self._chosen = state, messages, question, chosen
        self._reading, self._may_leave = reading, may_leave

    async def open(self, path: Path, shown: str = "", called: str = "") -> None:
        """Read a volume and have it shown; a second one waits for the first.

        Args:
            path: the file or DICOM folder.
            shown: what the user calls the file; its name by default.
            called: the volume's name; what the file says, or its name, by default.
        """
        name = shown or path.name
        self._question.answer(None)  # whoever waits for a series makes way
        async with self._reading:
            self._state.volume_reading = f"Reading {name} …"
            self._messages.tell(f"Reading {name} …")
            self._state.flush()
            try:
                with self._messages.edge():
                    volume = await self._read(path, name)
                    self._messages.tell("")
                    if volume is not None and await self._may_leave():
                        self._chosen(replace(volume, name=called) if called else volume)
            finally:
                self._state.volume_reading = ""
                self._state.flush()

    async def _read(self, path: Path, name: str) -> Volume | None:
        """None if the user wants none of several series."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(None, _read, path, name)
        except VolumeError:
            series = await loop.run_in_executor(None, _series, path)
            if len(series) < 2:
                raise
        number = await self._question.ask(name, series)
        return number and await loop.run_in_executor(None, _read, path, name, str(number))


def _series(path: Path) -> list[str]:
    """What is told of each series of a DICOM folder; nothing of anything else."""
    try:
        return [str(one) for one in find_series(path)] if path.is_dir() else []
    except VolumeError:
        return []


def _read(path: Path, name: str, series: str | None = None) -> Volume:
    """Where the server keeps it is nothing to the user: errors name it as they do."""
    try:
        return read_volume(path, series=series)
    except VolumeError as error:
        raise VolumeError(name, error.problem, error.remedy) from error
