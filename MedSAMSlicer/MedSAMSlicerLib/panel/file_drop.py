"""Files dropped onto the panel."""

from __future__ import annotations

from collections.abc import Callable

import qt


class FileDrop(qt.QObject):
    """Takes the files that somebody wants; others go to Slicer as ever.

    Args:
        widget: takes drops.
        wants: whether a path is wanted, by its name.
        use: is given the path.
    """

    def __init__(
        self, widget: qt.QWidget, wants: Callable[[str], bool], use: Callable[[str], object]
    ) -> None:
        qt.QObject.__init__(self)
        self._wants, self._use = wants, use
        widget.acceptDrops = True
        widget.installEventFilter(self)

    def eventFilter(self, watched: qt.QObject, event: qt.QEvent) -> bool:
        """Called by Qt."""
        kind = event.type()
        if kind not in (qt.QEvent.DragEnter, qt.QEvent.DragMove, qt.QEvent.Drop):
            return False
        path = self._path(event.mimeData())
        if path is None:
            return False
        event.acceptProposedAction()
        if kind == qt.QEvent.Drop:
            self._use(path)
        return True

    def _path(self, data: qt.QMimeData) -> str | None:
        if not data.hasUrls():
            return None
        paths = [url.toLocalFile() for url in data.urls()]
        return next((path for path in paths if path and self._wants(path)), None)
