"""Choosing a file in the folders that may be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from medsam_viewer.panel.widgets import EXTRA, wide_button

if TYPE_CHECKING:
    from trame_server import Server


def open_dialog(server: Server) -> None:
    """A list of folders and files."""
    act = server.controller
    with (
        v3.VDialog(v_model=("is_browsing", False), max_width=640, scrollable=True),
        v3.VCard(color="#1b2128", rounded="lg"),
    ):
        v3.VCardTitle("{{ browse_title }}", style="font-size: 16px")
        v3.VCardSubtitle("{{ browse_folder }}")
        with v3.VCardText(style="height: 420px; padding: 8px 14px"):
            with html.Div(
                v_for="entry in browse_entries",
                key="entry.path",
                classes="file",
                click=(act.choose, "[entry.path, entry.is_folder]"),
                data_test="file",
                **EXTRA,
            ):
                v3.VIcon(icon=("entry.is_folder ? 'mdi-folder-outline' : 'mdi-file-outline'",), size="18")
                html.Span("{{ entry.name }}", classes="grow")
            html.Div("Nothing here that can be opened.", v_if=("!browse_entries.length",), classes="dim")
        with v3.VCardActions():
            wide_button(
                "Open this folder (DICOM)",
                click=act.open_folder,
                data_test="open-folder",
                v_if=("browse_can_open_folder",),
            )
            v3.VSpacer()
            wide_button("Close", click="is_browsing = false")
