"""Boxes and clicks on their way from the views to the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from medsam_core.interaction.slice_place import XY, BoxXYXY, Pane

if TYPE_CHECKING:
    from medsam_core.session.session import Session


class Marking:
    """Tells the session what is marked, at every move.

    Args:
        session: of the open volume; None without one.
        ready: makes sure a segment is selected.
        changed: called when something else is to be drawn.
    """

    def __init__(
        self,
        session: Callable[[], Session | None],
        ready: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self._session, self._ready, self._changed = session, ready, changed
        self._dragged: tuple[str, BoxXYXY] | None = None
        self._clicks: tuple[tuple[XY, bool], ...] = ()

    @property
    def is_dragging(self) -> bool:
        """Whether a box is being drawn or changed."""
        return self._dragged is not None

    def hover(self, pane: Pane) -> None:
        """The pointer is over a slice."""
        session, place = self._session(), pane.place
        if session is not None and place is not None:
            session.look_at(place.index, place.grid)

    def box_on(self, pane: Pane) -> BoxXYXY | None:
        """The box on the slice of a view, from corner pixel to corner pixel."""
        if pane.place is None:
            return None
        if self._dragged is not None:
            return self._dragged[1] if self._dragged[0] == pane.place.key else None
        session = self._session()
        marked = session.marked if session else None
        if marked is None or marked.box_xyxy is None:
            return None
        return marked.box_xyxy if self._is_on(pane) else None

    def clicks_on(self, pane: Pane) -> tuple[tuple[XY, bool], ...]:
        """The clicks on the slice of a view."""
        session = self._session()
        marked = session.marked if session else None
        return marked.clicks if marked is not None and self._is_on(pane) else ()

    def begin_box(self, pane: Pane, *, is_new: bool) -> None:
        """A drag begins; a new box takes the place of box and clicks."""
        self._ready()
        self._clicks = () if is_new else self.clicks_on(pane)

    def drag_box(self, pane: Pane, box_xyxy: BoxXYXY) -> None:
        """The box is there now."""
        session, place = self._session(), pane.place
        if session is None or place is None:
            return
        session.prompt(box_xyxy, self._clicks, place.index, place.grid)  # or it refuses, and nothing is drawn
        self._dragged = (place.key, box_xyxy)
        self._changed()

    def end_box(self) -> None:
        """The box stays as it is, to be taken hold of again."""
        self._dragged = None
        self._changed()

    def click(self, pane: Pane, at: XY, *, positive: bool) -> None:
        """Something belongs to the object, or does not."""
        session, place = self._session(), pane.place
        if session is None or place is None:
            return
        self._ready()
        clicks = (*self.clicks_on(pane), (at, positive))
        session.prompt(self.box_on(pane), clicks, place.index, place.grid)
        self._changed()

    def _is_on(self, pane: Pane) -> bool:
        session = self._session()
        marked = session.marked if session else None
        place = pane.place
        return marked is not None and place is not None and place.shows(marked.grid, marked.index)
