"""Which volume is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html

from medsam_viewer.panel.widgets import EXTRA, heading, icon_button

if TYPE_CHECKING:
    from trame_server import Server


def volume_part(server: Server) -> None:
    """Name and size, and a button to open another."""
    with html.Div(classes="part"):
        with heading("Volume"):
            html.Span(classes="grow")
            icon_button(
                "mdi-folder-open-outline",
                "Open another volume",
                click=server.controller.browse,
                v_if=("can_browse",),
                data_test="browse",
            )
        html.Div("{{ volume_name || volume_reading || 'none' }}", classes="grow", data_test="volume", **EXTRA)
        html.Div("{{ volume_facts }}", classes="dim")
