"""What Enter, Esc, undo and "next unsure" do: one meaning in every face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.errors import PromptError
from medsam_core.interaction.showing import Showing

if TYPE_CHECKING:
    from medsam_core.session.session import Session


class Deeds:
    """The user's deeds on one session.

    Args:
        session: is acted on.
        showing: of the same session.
    """

    def __init__(self, session: Session, showing: Showing) -> None:
        self._session, self._showing = session, showing

    def enter(self) -> None:
        """Write what waits: a propagation that is done, unless something is marked to mend it.

        Raises:
            PromptError: there is nothing to accept, or the segment is protected.
        """
        run = self._showing.run
        if run is not None and run.is_held and not self._showing.corrects:
            self.commit()
        else:
            self.accept()

    def accept(self) -> None:
        """Write the preview; mend the slice, if it is one of a propagation that is done.

        Raises:
            PromptError: there is nothing to accept, or the segment is protected.
        """
        marked = self._session.marked
        if marked is None or not self._showing.corrects:
            self._session.accept()
            return
        self._session.correct(marked.index, marked.box_xyxy, marked.clicks)
        self._session.clear()

    def commit(self) -> None:
        """Write what a propagation found, as one step of undo.

        Raises:
            PromptError: there is none.
        """
        self._session.commit(self._showing.run)
        self._session.clear()

    def undo(self) -> bool:
        """Take back the last click, else the last step; False if there is neither."""
        return self._session.undo_click() or self._session.undo()

    def next_unsure(self, index_on_show: int | None) -> int | None:
        """The next slice of the propagation that is worth a look; None if no slice stands out.

        Args:
            index_on_show: to go on from; None if the views show none of its slices.

        Raises:
            PromptError: there is no propagation.
        """
        strip = self._showing.strip
        if strip is None:
            raise PromptError("next unsure slice", "there is no propagation", "start one first")
        return strip.next_unsure(index_on_show)
