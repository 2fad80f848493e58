"""What the page shows, taken from the work after every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.interaction.run_words import STRATEGY_NAMES, run_text, stop_texts, written_text
from medsam_core.interaction.strip import strip_cells
from medsam_core.prompt_journal import TAG_NAME
from medsam_core.session.run_state import Run
from medsam_core.session.segment_run import SegmentRun
from medsam_core.slice_grid import SliceGrid
from medsam_viewer.segment_sizes import SegmentSizes
from medsam_viewer.slice_pane import SlicePane
from medsam_viewer.workplace import Workplace

if TYPE_CHECKING:
    from trame_server.state import State


class ShownState:
    """Writes the variables of the page.

    Args:
        state: of the page.
        work: what is shown.
        panes: the slice views.
    """

    def __init__(self, state: State, work: Workplace, panes: dict[str, SlicePane]) -> None:
        self._state, self._work, self._panes = state, work, panes
        self._sizes = SegmentSizes()
        state.update(volume_name="", volume_reading="", volume_facts="", volume_notes="", is_colour=False)
        for name in panes:
            state.update({f"{name}_text": "", f"{name}_index": 0, f"{name}_last": 1})
            state[f"{name}_in_space"] = False
        self.refresh()

    def strategies(self) -> None:
        """The model is there, and with it the ways through a volume."""
        rows = [{"title": STRATEGY_NAMES[name], "value": name} for name in _offered()]
        self._state.strategies = rows

    def volume(self) -> None:
        """Another volume is open."""
        opened = self._work.opened
        if opened is None:
            return
        volume, geometry = opened.volume, opened.volume.geometry
        size = " × ".join(map(str, geometry.size_ijk))
        spacing = " × ".join(f"{s:.3g}" for s in geometry.spacing_mm)
        self._state.volume_name = volume.name or "volume"
        self._state.volume_facts = " · ".join(filter(None, (volume.modality, size, f"{spacing} mm")))
        self._state.volume_notes = " ".join(volume.notes)
        self._state.is_colour = volume.array_kji.ndim == 4

    def refresh(self) -> None:
        """Anything may have changed."""
        self._slices()
        self._marking()
        self._run()
        self._segments()

    def _slices(self) -> None:
        for name, pane in self._panes.items():
            place = pane.place
            shown = "" if place is None else f"{place.index + 1} / {place.grid.count}"
            self._state[f"{name}_text"] = shown
            self._state[f"{name}_in_space"] = pane.is_in_space
            if place is not None:
                self._state[f"{name}_last"] = place.grid.count - 1
                self._state[f"{name}_index"] = place.index

    def _marking(self) -> None:
        session = self._work.session
        marked = session.marked if session else None
        preview = session.preview if session else None
        confidence = None if preview is None else preview.confidence
        self._state.is_marking = self._work.is_marking
        self._state.is_marked = marked is not None
        self._state.can_accept = bool(marked is not None and marked.is_askable)
        self._state.mark_text = _mark_text(marked is not None, confidence)
        self._state.accept_text = "Correct" if self._work.showing.corrects else "Apply"
        through = self._work.through
        through.follow(marked)
        self._state.has_box = bool(marked is not None and marked.box_xyxy is not None)
        self._state.through = [through.first + 1, through.last + 1]

    def _segments(self) -> None:
        opened, session = self._work.opened, self._work.session
        if opened is None or session is None:
            self._state.update(segments=[], selected="", can_undo=False, can_redo=False, has_journal=False)
            return
        infos = opened.writer.segments()
        sizes = self._sizes.millilitres(opened)
        self._state.segments = [
            {
                "id": one.segment_id,
                "name": one.name,
                "colour": "#" + "".join(f"{round(255 * c):02x}" for c in one.colour),
                "visible": one.visible,
                "locked": one.protected,
                "ml": f"{sizes.get(one.segment_id, 0.0):.2f}",
                "empty": not sizes.get(one.segment_id),
            }
            for one in infos
        ]
        self._state.selected = session.selected or ""
        self._state.can_undo, self._state.can_redo = opened.writer.can_undo, opened.writer.can_redo
        tag = opened.writer.tag(session.selected, TAG_NAME) if session.selected else None
        self._state.has_journal = bool(tag)

    def _run(self) -> None:
        run, strip = self._work.showing.run, self._work.showing.strip
        session = self._work.session
        self._state.update(
            run_phase="" if run is None else run.phase.value,
            run_text=_run_text(run, strip),
            is_correcting=session is not None and any(one.around is not None for one in session.runs),
            run_percent=0 if run is None else 100 * run.done / max(run.expected, 1),
            run_stops=[] if strip is None else stop_texts(strip),
            strip=[] if strip is None else strip_cells(strip),
            strip_here=-1 if strip is None else self._index_on(strip.grid),
        )

    def _index_on(self, grid: SliceGrid) -> int:
        for pane in self._panes.values():
            if pane.place and pane.place.shows(grid, pane.place.index):
                return pane.place.index
        return -1


def _offered() -> list[str]:
    from medsam_core.propagation.strategies import STRATEGIES

    return [name for name in STRATEGY_NAMES if name in STRATEGIES]


def _run_text(run: Run | None, strip: SegmentRun | None) -> str:
    if run is not None:
        return run_text(run)
    return "" if strip is None else written_text(strip)


def _mark_text(is_marked: bool, confidence: float | None) -> str:
    if not is_marked:
        return "Drag a box in a slice."
    return "…" if confidence is None else f"confidence {confidence:.2f}"
