"""How sure each slice of a propagation is: a row of coloured cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import qt

HEIGHT = 22
_HERE = "#ffffff"


class StripWidget(qt.QWidget):
    """One cell for each slice; a click goes to it, its words stand in the tooltip.

    Args:
        jump: called with the number of the slice that was clicked.
    """

    def __init__(self, jump: Callable[[int], None]) -> None:
        qt.QWidget.__init__(self)
        self._jump = jump
        self._cells: Sequence[dict[str, object]] = ()
        self._here: int | None = None
        self.objectName = "MedSAMStrip"
        self.accessibleName = "Confidence of each slice"
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.setCursor(qt.QCursor(qt.Qt.PointingHandCursor))

    def show_cells(self, cells: Sequence[dict[str, object]], here: int | None) -> None:
        """Show other cells.

        Args:
            cells: of `interaction.strip.strip_cells`.
            here: the slice on show.
        """
        if tuple(cells) != tuple(self._cells) or here != self._here:
            self._cells, self._here = tuple(cells), here
            self.update()

    def cell_at(self, x: float) -> dict[str, object] | None:
        """The cell under a place from the left, in layout pixels."""
        place = int(x * len(self._cells) / max(self.width, 1))
        return self._cells[place] if 0 <= place < len(self._cells) else None

    # Called by Qt

    def paintEvent(self, event: qt.QPaintEvent) -> None:
        painter = qt.QPainter(self)
        width, height, count = self.width, self.height, max(len(self._cells), 1)
        painter.fillRect(qt.QRect(0, 0, width, height), qt.QColor("#232a32"))
        for place, cell in enumerate(self._cells):
            left, right = round(place * width / count), round((place + 1) * width / count)
            gap = 1 if width / count >= 4 else 0
            rect = qt.QRect(left, 0, max(right - left - gap, 1), height)
            painter.fillRect(rect, qt.QColor(cell["colour"]))
            if cell["index"] == self._here:
                painter.setPen(qt.QPen(qt.QColor(_HERE), 2))
                painter.drawRect(rect.adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: qt.QMouseEvent) -> None:
        cell = self.cell_at(event.x())
        if cell is not None:
            self._jump(cell["index"])

    def mouseMoveEvent(self, event: qt.QMouseEvent) -> None:
        cell = self.cell_at(event.x())
        self.toolTip = "" if cell is None else str(cell["text"])
