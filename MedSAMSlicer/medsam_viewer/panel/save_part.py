"""Save what was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html

from medsam_viewer.panel.widgets import heading, wide_button

if TYPE_CHECKING:
    from trame_server import Server


def save_part(server: Server) -> None:
    """The browser downloads it."""
    with html.Div(classes="part", v_if=("volume_name && segments.some(one => !one.empty)",)):
        heading("Save")
        with html.Div(classes="row"):
            for kind, text, title in (
                ("seg.nrrd", ".seg.nrrd", "For 3D Slicer, with names, colours and journals"),
                ("nii.gz", "NIfTI", "The numbers of the segments"),
                ("json", "Journal", "How the selected segment was made, to be replayed"),
            ):
                wide_button(
                    text,
                    click=download(server, kind),
                    title=title,
                    data_test=f"save-{kind}",
                    **({"disabled": ("!has_journal",)} if kind == "json" else {}),
                )


def download(server: Server, kind: str) -> str:
    """What a click runs in the page: a promise of whether there was a file."""
    trigger = server.trigger_name(server.controller.save)
    return (
        f"trigger('{trigger}', ['{kind}']).then((file) => file &&"
        " (utils.download(file.name, file.content, 'application/octet-stream'), true))"
    )
