"""The MedSAM tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html

from medsam_viewer.panel.widgets import EXTRA, heading, wide_button

if TYPE_CHECKING:
    from trame_server import Server

_KEYS = (
    ("drag", "a box; its edges, corners and inside can be dragged"),
    ("click", "this belongs to it"),
    ("Ctrl+click", "this does not"),
    ("Enter", "apply; correct a slice of a propagation"),
    ("Esc", "clear the clicks, then the box"),
    ("N", "next unsure slice"),
    ("M", "tool on and off"),
)


def mark_part(server: Server) -> None:
    """Tool on and off, apply, clear, and its keys."""
    act = server.controller
    with html.Div(classes="part", v_if=("volume_name",)):
        heading("One slice")
        wide_button(
            "{{ is_marking ? 'MedSAM is on' : 'MedSAM' }}",
            prepend_icon="mdi-vector-square-edit",
            click=act.tool,
            color=("is_marking ? 'light-blue' : undefined",),
            variant=("is_marking ? 'flat' : 'tonal'",),
            block=True,
            data_test="tool",
        )
        with html.Div(v_if=("is_marking",)):
            with html.Div(classes="row mt-1"):
                html.Span("{{ mark_text }}", classes="grow dim", data_test="confidence", **EXTRA)
                wide_button(
                    "{{ accept_text }}",
                    click=act.accept,
                    disabled=("!can_accept",),
                    color="light-blue",
                    data_test="accept",
                )
                wide_button("Clear", click=act.clear, disabled=("!is_marked",), data_test="clear")
            with html.Details(classes="keys"):
                html.Summary("Mouse and keys")
                for key, meaning in _KEYS:
                    with html.Div():
                        html.B(key)
                        html.Span(meaning)
