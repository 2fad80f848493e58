"""Which model answers, and what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from medsam_viewer.panel.widgets import EXTRA, icon_button

if TYPE_CHECKING:
    from trame_server import Server


def model_part(server: Server) -> None:
    """A choice of models, the device, and as much about the model as the user cares to read."""
    act = server.controller
    with html.Div(classes="brand"):
        html.H1("MedSAM")
        html.Div("{{ model_loading || model_status }}", classes="status", data_test="status", **EXTRA)
        v3.VProgressLinear(
            indeterminate=True, height=2, color="light-blue", v_if=("model_loading",), classes="mt-1"
        )
        with html.Details(classes="keys", v_if=("model_info.length",), data_test="model-details", **EXTRA):
            html.Summary("Model")
            with html.Div(classes="row"):
                v3.VSelect(
                    model_value=("model",),
                    update_modelValue=(act.choose_model, "[$event]"),
                    items=("models", []),
                    disabled=("model_loading !== ''",),
                    density="compact",
                    variant="outlined",
                    hide_details=True,
                    aria_label="Model",
                    data_test="model",
                    **EXTRA,
                )
                icon_button(
                    "mdi-folder-open-outline",
                    "Open a checkpoint",
                    click=(act.browse, "['model']"),
                    v_if=("can_browse",),
                    disabled=("model_loading !== ''",),
                    data_test="browse-model",
                )
            with (
                html.Div(classes="facts"),
                html.Div(
                    v_for="row, n in model_info", key="n", classes="fact", data_test="model-fact", **EXTRA
                ),
            ):
                html.B("{{ row.what }}")
                html.Span("{{ row.text }}")
