"""Through the volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from medsam_core.interaction.strip import RAMP_CSS
from medsam_viewer.panel.widgets import EXTRA, heading, wide_button

if TYPE_CHECKING:
    from trame_server import Server


def propagation_part(server: Server) -> None:
    """How to go through the volume, how far it is, how sure, and what to do with it."""
    act = server.controller
    with html.Div(classes="part", v_if=("volume_name && is_marking",)):
        heading("Through the volume")
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
                v_if=("run_phase !== 'running'",),
                color="light-blue",
                disabled=("!(is_marked || has_journal) || run_phase !== ''",),
                data_test="propagate",
            )
            wide_button("Cancel", click=act.cancel, v_if=("run_phase === 'running'",), data_test="cancel")
        with html.Div(v_if=("run_phase !== ''",)):
            _progress(act)
            _strip(act)
            with html.Div(classes="row mt-1", v_if=("run_phase !== 'running'",)):
                wide_button(
                    "Write",
                    click=act.commit,
                    color="light-blue",
                    disabled=("run_phase === 'writing'",),
                    data_test="commit",
                )
                wide_button("Discard", click=act.discard, data_test="discard")
                html.Span(classes="grow")
                wide_button(
                    "Next unsure",
                    click=act.next_unsure,
                    title="Next unsure slice (N)",
                    data_test="next-unsure",
                )


def _progress(act: object) -> None:
    v3.VProgressLinear(
        model_value=("run_percent", 0),
        height=4,
        rounded=True,
        color="light-blue",
        classes="mt-2",
        v_if=("run_phase === 'running'",),
    )
    html.Div("{{ run_text }}", classes="dim mt-1", data_test="run", **EXTRA)
    html.Div("{{ stop }}", v_for="stop in run_stops", key="stop", classes="dim")


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
    with html.Div(classes="scale", v_if=("strip.length",)):
        html.Span("unsure")
        html.I(style=f"background: {RAMP_CSS}")
        html.Span("sure")
