"""Which grey values are shown."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from medsam_viewer.brightness import PRESETS
from medsam_viewer.panel.widgets import EXTRA, heading


def brightness_part() -> None:
    """A choice of windows and the ends of the one in use."""
    with html.Div(classes="part", v_if=("volume_name && !is_colour",)):
        heading("Brightness")
        v3.VSelect(
            v_model=("brightness_preset", next(iter(PRESETS))),
            items=("brightness_presets", list(PRESETS)),
            density="compact",
            variant="outlined",
            hide_details=True,
            placeholder="Custom",
            data_test="brightness",
            **EXTRA,
        )
        v3.VRangeSlider(
            v_model=("brightness", [0, 1]),
            min=("brightness_min", 0),
            max=("brightness_max", 1),
            step=("brightness_step", 0.01),
            hide_details=True,
            density="compact",
            thumb_size=14,
            track_size=2,
            classes="mt-2",
        )
        with html.Div(classes="row dim", style="min-height: 18px; justify-content: space-between"):
            html.Span("{{ brightness_text[0] }}")
            html.Span("drag in a view: ↔ contrast, ↕ brightness", v_if=("!is_marking",))
            html.Span("{{ brightness_text[1] }}")
