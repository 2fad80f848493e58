"""The segments: colour, name, volume, visibility, protection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html

from medsam_viewer.panel.widgets import EXTRA, heading, icon_button

if TYPE_CHECKING:
    from trame_server import Server

BEGIN = (
    "is_marking ? 'Drag a box to begin, or open a saved segmentation.'"
    " : 'Switch MedSAM on and drag a box, or open a saved segmentation.'"
)


def segments_part(server: Server) -> None:
    """A row for each segment, and undo."""
    act = server.controller
    with html.Div(classes="part", v_if=("volume_name",)):
        with heading("Segments"):
            html.Span(classes="grow")
            icon_button(
                "mdi-tray-arrow-up",
                "Send a saved segmentation (.seg.nrrd, label map) from this computer",
                data_test="upload-to-segmentation",  # client/upload.js listens
            )
            icon_button(
                "mdi-folder-open-outline",
                "Open a saved segmentation (.seg.nrrd, label map) over this volume",
                click=(act.browse, "['segmentation']"),
                v_if=("can_browse",),
                data_test="browse-segmentation",
            )
            icon_button(
                "mdi-undo", "Undo (Ctrl+Z)", click=act.undo, disabled=("!can_undo",), data_test="undo"
            )
            icon_button(
                "mdi-redo", "Redo (Ctrl+Y)", click=act.redo, disabled=("!can_redo",), data_test="redo"
            )
            icon_button("mdi-plus", "New segment", click=act.add_segment, data_test="add-segment")
        html.Div(f"{{{{ {BEGIN} }}}}", v_if=("!segments.length",), classes="dim", data_test="begin", **EXTRA)
        with html.Div(
            v_for="one in segments",
            key="one.id",
            classes=("`row segment ${one.id === selected ? 'chosen' : ''}`",),
            click=(act.select, "[one.id]"),
            data_test="segment",
            **EXTRA,
        ):
            html.Span(classes="dot", style=("`background: ${one.colour}`",))
            with html.Span(classes="grow"):
                html.Input(
                    typed="one.name",
                    change=(act.rename, "[one.id, $event.target.value]"),
                    keydown="$event.key === 'Enter' && $event.target.blur()",
                    maxlength=60,
                    aria_label="Name of the segment",
                    **EXTRA,
                )
            html.Span("{{ one.ml }} ml", classes="number", data_test="ml", **EXTRA)
            icon_button(
                ("one.locked ? 'mdi-lock' : 'mdi-lock-open-variant-outline'",),
                "Protect: no edit changes it",
                click_stop=(act.protect, "[one.id]"),
                data_test="lock",
            )
            icon_button(
                ("one.visible ? 'mdi-eye' : 'mdi-eye-off-outline'",),
                "Show or hide",
                click_stop=(act.toggle, "[one.id]"),
                data_test="eye",
            )
