"""Which series of a DICOM folder is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_viewer.question import Question

if TYPE_CHECKING:
    from trame_server.state import State


class SeriesQuestion:
    """See `Question`.

    Args:
        state: of the page.
    """

    def __init__(self, state: State) -> None:
        self._question = Question(state, "is_asking_series", series_rows=[], series_title="")
        self.answer = self._question.answer

    async def ask(self, folder: str, series: list[str]) -> int | None:
        """Have the user choose.

        Args:
            folder: what they call it.
            series: what is told of each.

        Returns:
            The number of the chosen one, counted from 1; None if they want none.
        """
        rows = [{"number": number, "text": text} for number, text in enumerate(series, 1)]
        return await self._question.ask(series_rows=rows, series_title=f"{folder} holds {len(rows)} series")
