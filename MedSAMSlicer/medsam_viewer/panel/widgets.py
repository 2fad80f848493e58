"""Small parts that the page uses again and again."""

from __future__ import annotations

from typing import Any

from trame.widgets import html
from trame.widgets import vuetify3 as v3

EXTRA: dict[str, Any] = {
    "__properties": [
        ("data_test", "data-test"),
        ("aria_label", "aria-label"),
        ("typed", "v-model.lazy"),  # unlike `value`, no news from the program wipes out what is being typed
    ],
    "__events": [("click_stop", "click.stop")],
}
"""For elements with such attributes: trame asks for their names."""


def heading(text: str) -> html.H2:
    """The name of a part of the panel."""
    return html.H2(text)


def icon_button(icon: str | tuple[str, ...], title: str, **kwargs: Any) -> v3.VBtn:
    """A small button that is a picture; its words show on hovering."""
    with v3.VBtn(
        icon=True, variant="text", size="x-small", title=title, aria_label=title, **EXTRA, **kwargs
    ) as button:
        v3.VIcon(icon=icon, size="18")
    return button


def wide_button(text: str, **kwargs: Any) -> v3.VBtn:
    """A button with words."""
    kwargs.setdefault("variant", "tonal")
    return v3.VBtn(text, size="small", **EXTRA, **kwargs)
