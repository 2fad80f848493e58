"""Which series of a DICOM folder is meant."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trame_server.state import State


class SeriesQuestion:
    """One question at a time; a new one takes the place of one that was not answered.

    Args:
        state: of the page.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._answer: asyncio.Future[int | None] | None = None
        state.update(is_asking_series=False, series_rows=[], series_title="")
        state.change("is_asking_series")(self._closed)

    async def ask(self, folder: str, series: list[str]) -> int | None:
        """Have the user choose.

        Args:
            folder: what they call it.
            series: what is told of each.

        Returns:
            The number of the chosen one, counted from 1; None if they want none.
        """
        self.answer(None)
        self._answer = asyncio.get_running_loop().create_future()
        rows = [{"number": number, "text": text} for number, text in enumerate(series, 1)]
        self._state.update(series_rows=rows, series_title=f"{folder} holds {len(rows)} series")
        self._state.is_asking_series = True
        self._state.flush()
        return await self._answer

    def answer(self, number: int | None) -> None:
        """Take a number, or None for none of them."""
        waiting, self._answer = self._answer, None
        self._state.is_asking_series = False
        if waiting is not None and not waiting.done():
            waiting.set_result(number)

    def _closed(self, **_: object) -> None:
        if not self._state.is_asking_series:
            self.answer(None)
