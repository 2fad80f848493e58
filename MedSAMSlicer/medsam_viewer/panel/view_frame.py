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
        _button(
            (f"{name}_in_space ? 'mdi-cube-scan' : 'mdi-cube-off-outline'",),
            "Show this slice in 3D, or not",
            (server.controller.in_space, f"['{name}']"),
            f"in-space-{name}",
        )
        _button("mdi-fit-to-page-outline", "Show the whole slice", (server.controller.fit, f"['{name}']"))
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
        act = server.controller
        _button("mdi-circle-opacity", "See through the slices, or not", act.see_through, "see-through")
        _button("mdi-fit-to-page-outline", "Show all of it", (act.fit, f"['{view.get_singleton_tag()}']"))


def _button(icon: str | tuple[str, ...], title: str, click: object, name: str = "fit") -> None:
    with v3.VBtn(
        icon=True,
        variant="text",
        size="x-small",
        classes="view-button",
        click=click,
        title=title,
        aria_label=title,
        data_test=name,
        **EXTRA,
    ):
        v3.VIcon(icon=icon)
