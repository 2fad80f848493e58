"""Through the volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from medsam_core.interaction.strip import RAMP_CSS
from medsam_viewer.panel.widgets import EXTRA, heading, wide_button

if TYPE_CHECKING:
    from trame_server import Server

WITHIN = "strategy === 'roi'"


def propagation_part(server: Server) -> None:
    """How to go through the volume, how far it is, how sure, and what to do with it."""
    act = server.controller
    with html.Div(classes="part", v_if=("volume_name && is_marking",)):
        heading("Through the volume")
        _start(act)
        _through(act)
        _progress(act)
        with html.Div(v_if=("strip.length",)):
            _strip(act)
        with html.Div(classes="row mt-1 ends", v_if=("run_phase ? run_phase !== 'running' : strip.length",)):
            _ends(act)


def _start(act: object) -> None:
    with html.Div(classes="row"):
        v3.VSelect(
            v_model=("strategy", "track"),
            items=("strategies", []),
            density="compact",
            variant="outlined",
            hide_details=True,
            disabled=("run_phase !== ''",),
            data_test="strategy",
            **EXTRA,
        )
        wide_button(
            "Start",
            click=act.propagate,
            v_if=("run_phase !== 'running' && !is_correcting",),
            color="light-blue",
            disabled=(f"run_phase !== '' || !({WITHIN} ? has_box : is_marked || has_journal)",),
            data_test="propagate",
        )
        wide_button(
            "Cancel",
            click=act.cancel,
            v_if=("run_phase === 'running' || is_correcting",),
            data_test="cancel",
        )


def _through(act: object) -> None:
    """From which slice to which, where the box is all that is looked at."""
    with html.Div(classes="row through", v_if=(f"{WITHIN} && has_box && run_phase === ''",)):
        html.Span("slices")
        for place, end in enumerate(("first", "last")):
            html.Input(
                type="number",
                min=1,
                typed=f"through[{place}]",
                change=(act.through, f"['{end}', $event.target.value]"),
                aria_label=f"{end} slice",
                data_test=f"through-{end}",
                **EXTRA,
            )
            html.Span("to", v_if=(f"{place} === 0",))
        html.Span(classes="grow")
        wide_button(
            "To this slice",
            click=act.through_here,
            title="Let the box reach to the slice on show",
            data_test="through-here",
        )
    html.Div(
        "Drag a box first; then say to which slice it reaches.",
        classes="dim mt-1",
        v_if=(f"{WITHIN} && !has_box && run_phase === ''",),
    )


def _progress(act: object) -> None:
    v3.VProgressLinear(
        model_value=("run_percent", 0),
        indeterminate=("is_correcting",),
        height=4,
        rounded=True,
        color="light-blue",
        classes="mt-2",
        v_if=("run_phase === 'running' || is_correcting",),
    )
    html.Div(
        "{{ is_correcting ? 'correcting …' : run_text }}",
        classes="dim mt-1",
        v_if=("run_text",),
        data_test="run",
        **EXTRA,
    )
    html.Div("{{ stop }}", v_for="stop in run_stops", key="stop", classes="dim")


def _ends(act: object) -> None:
    wide_button(
        "Write",
        click=act.commit,
        color="light-blue",
        v_if=("run_phase !== ''",),
        disabled=("run_phase === 'writing' || !strip.length",),
        data_test="commit",
    )
    wide_button("Discard", click=act.discard, v_if=("run_phase !== ''",), data_test="discard")
    html.Span(classes="grow")
    wide_button(
        "Next unsure",
        click=act.next_unsure,
        v_if=("strip.length",),
        title="Next unsure slice (N)",
        data_test="next-unsure",
    )


def _strip(act: object) -> None:
    with html.Div(classes="strip", data_test="strip", **EXTRA):
        html.Div(
            v_for="cell in strip",
            key="cell.index",
            classes=("`cell ${cell.index === strip_here ? 'here' : ''}`",),
            style=("`background: ${cell.colour}`",),
            title=("cell.text",),
            click=(act.jump, "[cell.index]"),
        )
    with html.Div(classes="scale"):
        html.Span("unsure")
        html.I(style=f"background: {RAMP_CSS}")
        html.Span("sure")
