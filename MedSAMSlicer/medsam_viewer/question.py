"""A question in the page, and whoever waits for its answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trame_server.state import State


class Question:
    """One at a time; a new one takes the place of one that was not answered.

    Args:
        state: of the page.
        asking: the variable that says whether the question is shown; false closes it.
        shown: variables that it is made of, with what they are before it was ever asked.
    """

    def __init__(self, state: State, asking: str, **shown: Any) -> None:
        self._state, self._asking = state, asking
        self._answer: asyncio.Future[Any] | None = None
        state.update({asking: False, **shown})
        state.change(asking)(self._closed)

    async def ask(self, **shown: Any) -> Any:
        """Show it.

        Args:
            shown: the variables that it is made of.

        Returns:
            What `answer` was given; None if the question was closed.
        """
        self.answer(None)
        self._answer = asyncio.get_running_loop().create_future()
        self._state.update({**shown, self._asking: True})
        self._state.flush()
        return await self._answer

    def answer(self, given: Any) -> None:
        """Take an answer, or None for none."""
        waiting, self._answer = self._answer, None
        self._state[self._asking] = False
        if waiting is not None and not waiting.done():
            waiting.set_result(given)

    def _closed(self, **_: object) -> None:
        if not self._state[self._asking]:
            self.answer(None)
