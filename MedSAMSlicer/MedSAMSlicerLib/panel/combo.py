"""Combo boxes whose lines stand for values."""

from __future__ import annotations

from collections.abc import Sequence

import qt


def fill(combo: qt.QComboBox, rows: Sequence[tuple[str, str]], chosen: str) -> None:
    """Show lines in place of the last ones, if they differ; no signal is sent.

    Args:
        rows: (value, line).
        chosen: value of the line to be shown; the first one's if there is none such.
    """
    shown = [(combo.itemData(n), combo.itemText(n)) for n in range(combo.count)]
    was_blocked = combo.blockSignals(True)
    if shown != list(rows):
        combo.clear()
        for value, line in rows:
            combo.addItem(line, value)
    combo.setCurrentIndex(max(combo.findData(chosen), 0))
    combo.blockSignals(was_blocked)


def value_of(combo: qt.QComboBox) -> str:
    """The value of the line that is shown; "" if there is none."""
    return str(combo.itemData(combo.currentIndex) or "")
