"""The page: a panel at the left, four views, a line at the foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import html

from medsam_viewer.panel.brightness_part import brightness_part
from medsam_viewer.panel.mark_part import mark_part
from medsam_viewer.panel.model_part import model_part
from medsam_viewer.panel.open_dialog import open_dialog
from medsam_viewer.panel.propagation_part import propagation_part
from medsam_viewer.panel.save_part import save_part
from medsam_viewer.panel.segments_part import segments_part
from medsam_viewer.panel.series_dialog import series_dialog
from medsam_viewer.panel.unsaved_dialog import unsaved_dialog
from medsam_viewer.panel.volume_part import volume_part
from medsam_viewer.panel.widgets import EXTRA

if TYPE_CHECKING:
    from trame_server import Server
    from trame_slicer.core import LayoutManager

EMPTY = "{{ volume_reading || 'No volume is open. Drop an image here, or the files of a DICOM series.' }}"

LOST = """<div class="empty" data-test="lost"><div>The connection to the viewer was lost.<br>
While the program runs, what was done is kept there, and goes on; this page comes back as soon as it answers.
<br>If the program was ended, start it again and open the link that it prints then.</div></div>"""
"""In place of the page; client/connection.js waits for the program."""


def build_page(server: Server, views: LayoutManager) -> None:
    """Make the page of a server."""
    with VAppLayout(server) as layout:
        layout.root.theme = "dark"
        with html.Div(classes="page"):
            with html.Div(classes="side"):
                model_part(server)
                with html.Div(classes="side-scroll"):
                    volume_part(server)
                    brightness_part()
                    segments_part(server)
                    mark_part(server)
                    propagation_part(server)
                    save_part(server)
            with html.Div(classes="views"):
                with html.Div(classes="views-grid"):
                    html.Div(EMPTY, classes="empty", v_if=("!volume_name",))
                    views.initialize_layout_grid(layout)
                with html.Div(classes=("`foot ${message_kind}`",), data_test="message", **EXTRA):
                    html.Span("{{ message || volume_notes }}", classes="grow")
                    html.Span("Not for clinical use", classes="dim")
        open_dialog(server)
        series_dialog(server)
        unsaved_dialog(server)
