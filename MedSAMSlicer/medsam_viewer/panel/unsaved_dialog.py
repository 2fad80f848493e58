"""Before another volume takes the place of one whose segments are not saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import vuetify3 as v3

from medsam_viewer.panel.save_part import download
from medsam_viewer.panel.widgets import wide_button

if TYPE_CHECKING:
    from trame_server import Server


def unsaved_dialog(server: Server) -> None:
    """Save, lose, or stay."""
    answer = server.trigger_name(server.controller.answer_unsaved)
    with (
        v3.VDialog(v_model=("is_asking_unsaved", False), max_width=520),
        v3.VCard(color="#1b2128", rounded="lg"),
    ):
        v3.VCardTitle("Open another volume?", style="font-size: 16px")
        v3.VCardText("{{ unsaved_title }}. Opening another volume closes this one with its segments.")
        with v3.VCardActions():
            v3.VSpacer()
            wide_button("Stay here", click="is_asking_unsaved = false", data_test="stay")
            wide_button("Open without saving", click=f"trigger('{answer}', [true])", data_test="open-unsaved")
            wide_button(
                "Save, then open",
                click=f"{download(server, 'seg.nrrd')}.then((saved) => saved && trigger('{answer}', [true]))",
                color="primary",
                data_test="save-then-open",
            )
