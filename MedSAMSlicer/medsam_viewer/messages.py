"""One line at the foot of the page: what happened, and what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from medsam_core.errors import MedSAMError

if TYPE_CHECKING:
    from trame_server.state import State


class Messages:
    """Nothing has to be dismissed: a message goes with the next thing that works.

    Args:
        state: of the page; `message` and `message_kind` ("info", "error") are shown.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self.tell("")

    def tell(self, sentence: str) -> None:
        """Say what was done."""
        self._state.message, self._state.message_kind = sentence, "info"

    def warn(self, sentence: str) -> None:
        """Say what went wrong."""
        self._state.message, self._state.message_kind = sentence, "error"

    @contextlib.contextmanager
    def report(self) -> Iterator[None]:
        """A part of an action: its error becomes the message; what works clears none."""
        try:
            yield
        except MedSAMError as error:
            self.warn(str(error))

    @contextlib.contextmanager
    def edge(self) -> Iterator[None]:
        """An action of the user: its error becomes the message."""
        before = self._state.message
        try:
            yield
        except MedSAMError as error:
            self.warn(str(error))
        else:
            if self._state.message_kind == "error" and self._state.message == before:
                self.tell("")
