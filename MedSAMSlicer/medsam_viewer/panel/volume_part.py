"""Which volume is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from medsam_viewer.panel.widgets import EXTRA, heading, icon_button, wide_button

if TYPE_CHECKING:
    from trame_server import Server


def volume_part(server: Server) -> None:
    """Name and size, and buttons to open another: from there, or from the browser's machine."""
    act = server.controller
    with html.Div(classes="part"):
        with heading("Volume"):
            html.Span(classes="grow")
            icon_button(
                "mdi-tray-arrow-up",
                "Send files from this computer; they can be dropped on the page too",
                data_test="upload-to-volume",  # client/upload.js listens
            )
            icon_button(
                "mdi-folder-open-outline",
                "Open another volume",
                click=(act.browse, "['volume']"),
                v_if=("can_browse",),
                data_test="browse",
            )
        html.Div("{{ volume_name || volume_reading || 'none' }}", classes="grow", data_test="volume", **EXTRA)
        html.Div("{{ volume_facts }}", classes="dim")
        with html.Div(classes="row", v_if=("uploading",), data_test="uploading", **EXTRA):
            with html.Div(classes="grow"):
                html.Div("{{ uploading }}", classes="dim")
                v3.VProgressLinear(
                    model_value=("upload_percent", 0), height=4, rounded=True, color="light-blue"
                )
            wide_button("Cancel", click=act.cancel_upload, data_test="cancel-upload")
