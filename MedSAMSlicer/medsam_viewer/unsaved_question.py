"""Whether unsaved segments may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_viewer.question import Question

if TYPE_CHECKING:
    from trame_server.state import State


class UnsavedQuestion:
    """See `Question`.

    Args:
        state: of the page.
    """

    def __init__(self, state: State) -> None:
        self._question = Question(state, "is_asking_unsaved", unsaved_title="")
        self.answer = self._question.answer

    async def ask(self, names: list[str], volume: str) -> bool:
        """Have the user choose.

        Args:
            names: of the segments.
            volume: the one that they belong to.

        Returns:
            Whether the volume may be closed.
        """
        which, are = (f"“{names[0]}”", "is") if len(names) == 1 else (f"{len(names)} segments", "are")
        return await self._question.ask(unsaved_title=f"{which} of {volume} {are} not saved") is True
