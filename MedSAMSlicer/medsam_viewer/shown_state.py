"""What the page shows, taken from the work after every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.prompt_journal import TAG_NAME
from medsam_core.session.run_state import Phase, Run
from medsam_core.session.segment_run import SegmentRun
from medsam_viewer.slice_pane import SlicePane
from medsam_viewer.strip import strip_cells
from medsam_viewer.workplace import Workplace

if TYPE_CHECKING:
    from trame_server.state import State

# Without "roi": it wants a box that reaches through slices, and boxes are drawn on one here.
_STRATEGY_NAMES = {
    "track": "Follow the shape",
    "anchors": "Between accepted slices",
    "consensus": "Three directions",
}


class ShownState:
    """Writes the variables of the page.

    Args:
        state: of the page.
        work: what is shown.
        panes: the slice views.
    """

    def __init__(self, state: State, work: Workplace, panes: dict[str, SlicePane]) -> None:
        self._state, self._work, self._panes = state, work, panes
        self._volumes: dict[str, float] = {}
        state.update(volume_name="", volume_reading="", volume_facts="", volume_notes="", is_colour=False)
        for name in panes:
            state.update({f"{name}_text": "", f"{name}_index": 0, f"{name}_last": 1})
        self.refresh(voxels=True)

    def strategies(self) -> None:
        """The model is there, and with it the ways through a volume."""
        rows = [{"title": _STRATEGY_NAMES[name], "value": name} for name in _offered()]
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

    def refresh(self, *, voxels: bool = False) -> None:
        """Anything may have changed.

        Args:
            voxels: segments too; their volumes are counted anew.
        """
        self._slices()
        self._marking()
        self._run()
        self._segments(count=voxels)

    def _slices(self) -> None:
        for name, pane in self._panes.items():
            place = pane.place
            shown = "" if place is None else f"{place.index + 1} / {place.grid.count}"
            self._state[f"{name}_text"] = shown
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
        self._state.accept_text = "Correct" if self._work.corrects else "Accept"

    def _segments(self, *, count: bool) -> None:
        opened, session = self._work.opened, self._work.session
        if opened is None or session is None:
            self._state.update(segments=[], selected="", can_undo=False, can_redo=False, has_journal=False)
            return
        infos = opened.writer.segments()
        if count:
            sizes = {one.segment_id: opened.writer.read(one.segment_id).voxels for one in infos}
            self._volumes = {name: voxels * opened.ml_per_voxel for name, voxels in sizes.items()}
        self._state.segments = [
            {
                "id": one.segment_id,
                "name": one.name,
                "colour": "#" + "".join(f"{round(255 * c):02x}" for c in one.colour),
                "visible": one.visible,
                "locked": one.protected,
                "ml": f"{self._volumes.get(one.segment_id, 0.0):.2f}",
            }
            for one in infos
        ]
        self._state.selected = session.selected or ""
        self._state.can_undo, self._state.can_redo = opened.writer.can_undo, opened.writer.can_redo
        tag = opened.writer.tag(session.selected, TAG_NAME) if session.selected else None
        self._state.has_journal = bool(tag)

    def _run(self) -> None:
        run = self._work.run
        if run is None:
            self._state.update(
                run_phase="", run_text="", run_percent=0, run_stops=[], strip=[], strip_here=-1
            )
            return
        segment = next(iter(run.segments.values()))
        self._state.update(
            run_phase=run.phase.value,
            run_text=_run_text(run),
            run_percent=100 * run.done / max(run.expected, 1),
            run_stops=_stops(segment),
            strip=strip_cells(segment),
            strip_here=self._index_on(run),
        )

    def _index_on(self, run: Run) -> int:
        for pane in self._panes.values():
            place, grid = pane.place, run.subject.grid
            if place and place.index < grid.count and grid.plane_key(place.index) == place.key:
                return place.index
        return -1


def _offered() -> list[str]:
    from medsam_core.propagation.strategies import STRATEGIES

    return [name for name in _STRATEGY_NAMES if name in STRATEGIES]


def _mark_text(is_marked: bool, confidence: float | None) -> str:
    if not is_marked:
        return "Drag a box in a slice."
    return "…" if confidence is None else f"confidence {confidence:.2f}"


def _run_text(run: Run) -> str:
    if run.phase is Phase.RUNNING:
        return f"{run.done} of at most {run.expected} slices"
    found = sum(bool(result.area) for one in run.segments.values() for result in one.slices.values())
    if run.phase is Phase.CANCELLED:
        return f"cancelled; {found} slices are done"
    if run.phase is Phase.FAILED:
        return f"it failed; {found} slices are done"
    return f"found on {found} slices; not written yet"


def _stops(segment: SegmentRun) -> list[str]:
    return [f"stopped {s.direction} at slice {s.index + 1}: {s.reason}" for s in segment.stops]
