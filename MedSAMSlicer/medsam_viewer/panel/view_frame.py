"""What stands around a view: its name, which slice it shows, a slider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from medsam_viewer.panel.widgets import EXTRA

if TYPE_CHECKING:
    from trame_server import Server


def slice_frame(server: Server, view_id: str, view: Any) -> None:
    """The frame of a slice view."""
    name = view.get_singleton_tag()
    with html.Div(classes="frame-top"):
        html.Span(name, classes=f"view-name {name.lower()}")
        html.Span(f"{{{{ {name}_text }}}}", classes="view-slice", data_test=f"slice-{name}", **EXTRA)
        html.Span(classes="flex-grow-1")
        with v3.VBtn(
            icon=True,
            variant="text",
            size="x-small",
            classes="view-button",
            click=(server.controller.fit, f"['{name}']"),
            title="Show the whole slice",
        ):
            v3.VIcon("mdi-fit-to-page-outline")
    with html.Div(classes="frame-bottom", v_if=("volume_name",)):
        v3.VSlider(
            v_model=(f"{name}_index", 0),
            min=0,
            max=(f"{name}_last", 1),
            step=1,
            hide_details=True,
            density="compact",
            thumb_size=12,
            track_size=2,
            aria_label=f"{name} slice",
            **EXTRA,
        )


def space_frame(server: Server, view_id: str, view: Any) -> None:
    """The frame of the view in three dimensions."""
    with html.Div(classes="frame-top"):
        html.Span("3D", classes="view-name")
        html.Span(classes="flex-grow-1")
        with v3.VBtn(
            icon=True,
            variant="text",
            size="x-small",
            classes="view-button",
            click=(server.controller.fit, f"['{view.get_singleton_tag()}']"),
            title="Show all of it",
        ):
            v3.VIcon("mdi-fit-to-page-outline")
