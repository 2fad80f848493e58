"""Choosing one of several series of a DICOM folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from medsam_viewer.panel.widgets import EXTRA, wide_button

if TYPE_CHECKING:
    from trame_server import Server


def series_dialog(server: Server) -> None:
    """A row for each."""
    act = server.controller
    with (
        v3.VDialog(v_model=("is_asking_series", False), max_width=640, scrollable=True),
        v3.VCard(color="#1b2128", rounded="lg"),
    ):
        v3.VCardTitle("Which series?", style="font-size: 16px")
        v3.VCardSubtitle("{{ series_title }}")
        with (
            v3.VCardText(style="max-height: 420px; padding: 8px 14px"),
            html.Div(
                v_for="row in series_rows",
                key="row.number",
                classes="file",
                click=(act.choose_series, "[row.number]"),
                data_test="series",
                **EXTRA,
            ),
        ):
            html.Span("{{ row.text }}")
        with v3.VCardActions():
            v3.VSpacer()
            wide_button("Close", click="is_asking_series = false", data_test="close-series")
