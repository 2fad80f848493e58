"""The session's answers, taken in on the page's own thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from medsam_core.session.events import Event, Failure, PreviewChanged, RunChanged, VolumeReady, Written
from medsam_viewer.brightness_state import BrightnessState
from medsam_viewer.messages import Messages
from medsam_viewer.shown_state import ShownState
from medsam_viewer.workplace import Workplace

if TYPE_CHECKING:
    from trame_server.state import State


class Answers:
    """Shows what the worker found.

    Args:
        loop: of the page.
        state: of the page.
        work, shown, messages, brightness: are told.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        state: State,
        work: Workplace,
        shown: ShownState,
        messages: Messages,
        brightness: BrightnessState,
    ) -> None:
        self._loop, self._state, self._work, self._shown = loop, state, work, shown
        self._messages, self._brightness = messages, brightness
        self._is_called = False

    def wake(self) -> None:
        """There are answers; may be called from any thread."""
        if not self._is_called:
            self._is_called = True
            self._loop.call_soon_threadsafe(self.take)

    def take(self) -> None:
        """Show what the session has to tell; never waits."""
        self._is_called = False
        if self._work.session is None:
            return
        events = self._work.session.pump()
        if not events:
            return
        with self._state:
            for event in events:
                self._tell(event)
            if any(isinstance(event, PreviewChanged | RunChanged | Written) for event in events):
                self._work.draw()
            self._shown.refresh()

    def _tell(self, event: Event) -> None:
        if isinstance(event, VolumeReady):
            self._brightness.ready(event.window)
        elif isinstance(event, Failure):
            self._messages.warn(event.sentence)
        elif isinstance(event, Written):
            self._work.show_surfaces()
            changed = sum(event.record.voxels.values())
            what = f"{changed:,} voxels changed. Ctrl+Z takes it back." if changed else "nothing was new."
            self._messages.tell(f"Written: {what}")
