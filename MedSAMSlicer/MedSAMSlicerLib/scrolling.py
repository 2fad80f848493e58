"""Bringing into sight what has just appeared."""

from __future__ import annotations

import qt

_MARGIN = 8


def bring_into_sight(widget: qt.QWidget) -> None:
    """Scroll the panel that a widget lies in, as far as need be."""
    area = widget.parent()
    while area is not None and not area.inherits("QScrollArea"):
        area = area.parent()
    if area is not None and widget.visible:
        area.ensureWidgetVisible(widget, _MARGIN, _MARGIN)
