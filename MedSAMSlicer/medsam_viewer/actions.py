"""What happens on each click and key."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from medsam_core.errors import PromptError
from medsam_core.interaction.box_through import box_through
from medsam_core.interaction.deeds import Deeds
from medsam_core.session.session import Session
from medsam_viewer.messages import Messages
from medsam_viewer.open_volume import OpenVolume
from medsam_viewer.saving import file_of
from medsam_viewer.shown_state import ShownState
from medsam_viewer.views import Views, without_vtk_warnings
from medsam_viewer.workplace import Workplace


class Actions:
    """Every public method is an action of the page, by its name; its error becomes the message.

    Args:
        work, views: are acted on.
        shown: is written anew after each action.
        messages: for what went wrong.
        strategy: the propagation chosen in the page.
        take_answers: shows what the session has to tell.
    """

    def __init__(
        self,
        work: Workplace,
        views: Views,
        shown: ShownState,
        messages: Messages,
        strategy: Callable[[], str],
        take_answers: Callable[[], None],
    ) -> None:
        self._work, self._views, self._shown = work, views, shown
        self._messages, self._strategy, self._take_answers = messages, strategy, take_answers

    def table(self) -> dict[str, Callable[..., object]]:
        """Name -> action."""
        names = [name for name in vars(type(self)) if not name.startswith("_") and name != "table"]
        return {name: self._guarded(getattr(self, name)) for name in names}

    # One slice

    def tool(self) -> None:
        """Turn the tool on or off."""
        self._work.is_marking = not self._work.is_marking
        if self._work.is_marking:
            self._work.marking.hover(self._views.panes["Axial"])

    def accept(self) -> None:
        """Write the preview; mend the slice, if it is one of a propagation that is done."""
        self._deeds().accept()

    def clear(self) -> None:
        """Take back the clicks, then the box."""
        self._session().escape()

    def undo(self) -> None:
        """Take back the last click, else the last step."""
        with without_vtk_warnings():
            undone = self._deeds().undo()
        if not undone:
            self._messages.tell("There is nothing to undo.")
        self._work.settle_selection()

    def redo(self) -> None:
        """Take a step that was undone again."""
        with without_vtk_warnings():
            self._session().redo()
        self._work.settle_selection()

    # Through the volume

    def propagate(self) -> None:
        """Carry what is marked, or was accepted last, through the volume."""
        session, strategy, through = self._session(), self._strategy(), self._work.through
        marked = session.marked
        self._messages.tell("")  # what was written before is not what is found now
        if strategy != "roi" or marked is None:
            session.propagate(strategy)
            return
        prompts = {marked.segment_id: box_through(marked, through.first, through.last)}
        session.propagate(strategy, prompts=prompts, grid=marked.grid)

    def through(self, end: str, text: str) -> None:
        """The box reaches from or to another slice; `end` is "first" or "last"."""
        self._work.through.set_end(str(end), str(text))

    def through_here(self) -> None:
        """The box reaches to the slice on show in the view in which it was drawn."""
        marked = self._session().marked
        for pane in self._views.panes.values():
            if marked is not None and pane.place and pane.place.is_along(marked.grid):
                self._work.through.extend(pane.place.index)

    def cancel(self) -> None:
        """Stop, and keep what is done; of a correction nothing."""
        self._session().cancel()

    def discard(self) -> None:
        """Drop what was found."""
        self._session().discard(self._work.showing.run)

    def commit(self) -> None:
        """Write what was found, as one step of undo."""
        self._deeds().commit()

    def next_unsure(self) -> None:
        """Go to the next slice that is worth a look."""
        index = self._deeds().next_unsure(self._index_on_show())
        if index is None:
            self._messages.tell("No slice stands out as unsure.")
        else:
            self.jump(index)

    def jump(self, index: int) -> None:
        """Show a slice of the propagation, in the view that lies along it."""
        strip = self._work.showing.strip
        for pane in self._views.panes.values():
            if strip is not None and pane.place and pane.place.is_along(strip.grid):
                pane.jump_to(int(index), strip.grid)

    # Segments

    def add_segment(self) -> None:
        """A new segment, selected."""
        writer = self._opened().writer
        taken = {one.name for one in writer.segments()}
        name = next(f"Segment {n}" for n in range(1, len(taken) + 2) if f"Segment {n}" not in taken)
        self._session().select(writer.add_segment(name))

    def select(self, segment_id: str) -> None:
        """Work on another segment."""
        if self._is_there(segment_id):
            self._session().select(segment_id)

    def rename(self, segment_id: str, name: str) -> None:
        """Call a segment otherwise."""
        segment = self._opened().segmentation.GetSegmentation().GetSegment(segment_id)
        shown = " ".join(str(name).split())[:60]
        if segment is not None and shown:
            segment.SetName(shown)

    def toggle(self, segment_id: str) -> None:
        """Show or hide a segment."""
        display = self._opened().segmentation.GetDisplayNode()
        if self._is_there(segment_id):
            display.SetSegmentVisibility(segment_id, not display.GetSegmentVisibility(segment_id))

    def protect(self, segment_id: str) -> None:
        """Let no edit change a segment, or let it again."""
        writer = self._opened().writer
        info = next((one for one in writer.segments() if one.segment_id == segment_id), None)
        if info is not None:
            writer.protect(segment_id, not info.protected)
            self._session().select(self._session().selected)

    # Views and files

    def in_space(self, name: str) -> None:
        """Show a view's slice among the surfaces, or not."""
        if name in self._views.panes:
            self._views.panes[name].toggle_in_space()

    def see_through(self) -> None:
        """Let the slices among the surfaces be seen through, or not."""
        self._views.see_through()

    def fit(self, name: str) -> None:
        """Show the whole of a view's content."""
        pane = self._views.panes.get(name)
        if pane is not None:
            pane.fit()
        else:
            self._views.fit_space()

    def save(self, kind: str) -> dict[str, object] | None:
        """A file to be downloaded."""
        name, content = file_of(self._opened(), str(kind), self._session().selected)
        if kind != "json":
            self._work.unsaved.now_safe(self._opened())
        self._messages.tell(f"Saved {name} to the browser's downloads.")
        return {"name": name, "content": content}

    def key(self, name: str) -> None:
        """A key was pressed; most act only while the tool is on."""
        if self._work.session is None:
            return
        if name == "accept" and self._work.is_marking:
            self._deeds().enter()
        elif name == "next" and self._work.showing.strip is not None:
            self.next_unsure()
        elif name == "clear" and self._work.is_marking:
            self.clear()
        elif name in ("undo", "redo", "tool"):
            getattr(self, name)()

    def _is_there(self, segment_id: str) -> bool:
        """A click may come from a page that does not know yet what was undone."""
        return any(one.segment_id == segment_id for one in self._opened().writer.segments())

    def _index_on_show(self) -> int | None:
        strip = self._work.showing.strip
        for pane in self._views.panes.values():
            if strip is not None and pane.place and pane.place.is_along(strip.grid):
                return pane.place.index
        return None

    def _deeds(self) -> Deeds:
        return Deeds(self._session(), self._work.showing)

    def _session(self) -> Session:
        if self._work.session is None:
            raise PromptError("volume", "none is open", "open one first")
        return self._work.session

    def _opened(self) -> OpenVolume:
        if self._work.opened is None:
            raise PromptError("volume", "none is open", "open one first")
        return self._work.opened

    def _guarded(self, action: Callable[..., object]) -> Callable[..., object]:
        @wraps(action)
        def act(*args: object) -> object:
            answer = None
            with self._messages.edge():
                answer = action(*args)
            self._take_answers()
            self._work.draw()
            self._shown.refresh()
            return answer

        return act
