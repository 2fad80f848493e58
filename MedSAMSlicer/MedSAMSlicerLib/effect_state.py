"""What the options of the effect say and offer, taken from the work."""

from __future__ import annotations

from dataclasses import dataclass

from medsam_core.geometry import Geometry
from medsam_core.interaction.run_words import run_text, stop_texts, written_text
from medsam_core.interaction.strip import EMPTY, UNKNOWN, strip_cells
from medsam_core.session.run_state import Phase
from MedSAMSlicerLib.effect_actions import EffectActions
from MedSAMSlicerLib.effect_work import EffectWork
from MedSAMSlicerLib.workshop import ModelPhase, Workshop


@dataclass(frozen=True)
class EffectState:
    """Everything that is shown, in plain values.

    Attributes:
        model_text: the model: ready, loading, missing.
        model_problem: whether that is a problem.
        can_install, can_retry: whether a button helps.
        hint: what to do next, in one line.
        message: what happened last.
        is_problem: whether something went wrong then.
        can_apply, apply_text, can_clear: the buttons of one slice.
        can_start: whether a propagation can begin.
        is_running, percent: of the propagation under way.
        run_text: one line on it.
        stops: where it ended, and why.
        can_write, can_step: whether there is something to be written; to look for unsure slices in.
        cells: of the strip; see `strip_cells`.
        legend: what the colours of the strip say.
        here: the slice on show.
    """

    model_text: str
    model_problem: bool
    can_install: bool
    can_retry: bool
    hint: str
    message: str
    is_problem: bool
    can_apply: bool
    apply_text: str
    can_clear: bool
    can_start: bool
    is_running: bool
    percent: int
    run_text: str
    stops: tuple[str, ...]
    can_write: bool
    can_step: bool
    cells: tuple[dict[str, object], ...]
    legend: str
    here: int | None


def state_of(work: EffectWork, actions: EffectActions, workshop: Workshop) -> EffectState:
    """The state as it is now."""
    session, run, strip = work.bench.session, work.showing.run, work.showing.strip
    marked = None if session is None else session.marked
    is_running = run is not None and run.phase is Phase.RUNNING
    is_held = run is not None and run.is_held
    corrects = work.showing.corrects
    cells = () if strip is None else tuple(strip_cells(strip, _geometry(work)))
    return EffectState(
        model_text=workshop.sentence,
        model_problem=workshop.phase in (ModelPhase.MISSING, ModelPhase.FAILED),
        can_install=workshop.phase is ModelPhase.MISSING,
        can_retry=workshop.phase is ModelPhase.FAILED,
        hint=_hint(work),
        message=work.status.text,
        is_problem=work.status.is_problem,
        can_apply=bool(marked is not None and marked.is_askable),
        apply_text="Correct" if corrects else "Apply",
        can_clear=marked is not None,
        can_start=session is not None and session.volume is not None and run is None,
        is_running=is_running,
        percent=0 if run is None else 100 * run.done // max(run.expected, 1),
        run_text=_run_text(work),
        stops=() if strip is None or is_running else tuple(stop_texts(strip, _geometry(work))),
        can_write=is_held,
        can_step=strip is not None and bool(strip.slices),
        cells=cells,
        legend=_legend(cells),
        here=actions.index_on_show,
    )


def _legend(cells: tuple[dict[str, object], ...]) -> str:
    shown = {cell["colour"] for cell in cells} - {EMPTY}
    told = ["yellow: unsure, blue: sure"] if shown != {UNKNOWN} else []
    told += ["grey: as it was saved"] if UNKNOWN in shown else []
    return f"{', '.join(told)}; click a slice to see it"


def _geometry(work: EffectWork) -> Geometry | None:
    volume = work.bench.volume
    return None if volume is None or volume.is_2d else volume.geometry


def _run_text(work: EffectWork) -> str:
    if work.showing.run is not None:
        return run_text(work.showing.run)
    return "" if work.showing.strip is None else written_text(work.showing.strip)


def _hint(work: EffectWork) -> str:
    session = work.bench.session
    if work.bench.is_reading:
        return "Reading the volume ..."
    if session is None and work.bench.workshop.needs.missing:
        return "Install what is needed first."
    if session is None or session.volume is None:
        return "Choose a source volume."
    if any(pane.is_lightbox for pane in work.panes()):
        return "A view shows several slices at once: set its lightbox to 1 x 1 to mark in it."
    if session.marked is None:
        return "Drag a box around the object in a slice view, or click on it."
    if not session.marked.is_askable:
        return "Now click on the object, or drag a box around it."
    if work.showing.corrects:
        return "Enter mends this slice and those up to the next ones you marked."
    return "Click adds, Ctrl+click takes away. Enter writes. Start carries it through the volume."
