"""Saved segmentations read beside the page, to be laid over the open volume."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.errors import VolumeError
from medsam_core.mrml.saved_segments import AddedSegments
from medsam_core.saved_segmentation import SavedSegmentation
from medsam_core.segmentation_reader import read_segmentation
from medsam_viewer.messages import Messages

if TYPE_CHECKING:
    from trame_server.state import State

Chosen = Callable[[SavedSegmentation, str], AddedSegments]


class SegmentationChooser:
    """Reads segmentations while the page stays free.

    Args:
        state: of the page.
        messages: for what became of it.
        reading: held while anything is read: a volume that is on its way is waited for.
        chosen: is given what was read and what to call it; adds it to the open volume.
    """

    def __init__(self, state: State, messages: Messages, reading: asyncio.Lock, chosen: Chosen) -> None:
        self._state, self._messages, self._reading, self._chosen = state, messages, reading, chosen

    async def open(self, path: Path, shown: str = "") -> None:
        """Read a segmentation and have it added.

        Args:
            path: the file.
            shown: what the user calls it; its name by default.
        """
        name = shown or path.name
        async with self._reading:
            self._state.volume_reading = f"Reading {name} …"
            self._messages.tell(f"Reading {name} …")
            self._state.flush()
            try:
                with self._messages.edge():
                    self._messages.tell(told(name, await self._add(path, name)))
            finally:
                self._state.volume_reading = ""
                self._state.flush()

    async def _add(self, path: Path, name: str) -> AddedSegments:
        saved = await asyncio.get_running_loop().run_in_executor(None, _read, path, name)
        return self._chosen(saved, name)


def told(name: str, added: AddedSegments) -> str:
    """What became of a file, in sentences for the user."""
    count = len(added.ids)
    sentences = [f"Opened {name}: {count} segment{'s' if count > 1 else ''}. Ctrl+Z takes it back."]
    if added.is_resampled:
        sentences.append("It was made on other voxels: each of the volume's took the nearest.")
    if added.left_out:
        sentences.append(f"{added.left_out:,} of its voxels lie outside of the volume and are left out.")
    if added.without_journal:
        name, more = added.without_journal[0], len(added.without_journal) - 1
        whose = f"'{name}'" + (f" and {more} more" if more else "")
        sentences.append(f"The prompt journal of {whose} does not fit here, or is damaged, and is left out.")
    return " ".join(sentences)


def _read(path: Path, name: str) -> SavedSegmentation:
    """Where the server keeps it is nothing to the user: errors name it as they do."""
    try:
        return read_segmentation(path)
    except VolumeError as error:
        raise VolumeError(name, error.problem, error.remedy) from error
