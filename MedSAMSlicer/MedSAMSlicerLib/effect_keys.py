"""The keys of the effect, as long as it is on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import qt

from MedSAMSlicerLib.segment_editor import SegmentEditor

_TYPING = ("QLineEdit", "QAbstractSpinBox", "QTextEdit", "QPlainTextEdit")


class EffectKeys:
    """Takes keys of the Segment Editor's window while the effect is on, and gives them back.

    The editor's own shortcuts for these keys (Esc leaves the effect, Z undoes...) rest meanwhile; the others,
    as the digits for effects and Q, W for segments, stay.

    Args:
        deeds: keys, as `QKeySequence` reads them ("Ctrl" is Cmd on a Mac), and what they do.
    """

    def __init__(self, deeds: Mapping[str, Callable[[], None]]) -> None:
        self._deeds = deeds
        self._editor: SegmentEditor | None = None
        self._held: list[qt.QShortcut] = []
        self._resting: list[qt.QShortcut] = []

    def take(self, editor: SegmentEditor) -> None:
        """The effect was switched on."""
        self.give_back()
        self._editor = editor
        window = editor.widget.window()
        names = {qt.QKeySequence(key).toString() for key in self._deeds}
        own = window.findChildren("QShortcut")
        self._resting = [one for one in own if one.enabled and one.key.toString() in names]
        for shortcut in self._resting:
            shortcut.setEnabled(False)
        self._held = [self._shortcut(window, key, act) for key, act in self._deeds.items()]

    def give_back(self) -> None:
        """The effect was switched off."""
        for shortcut in self._held:
            shortcut.setEnabled(False)
            shortcut.deleteLater()  # it may be the one that is being pressed
        for shortcut in self._resting:
            shortcut.setEnabled(True)
        self._held, self._resting, self._editor = [], [], None

    def _shortcut(self, window: qt.QWidget, key: str, act: Callable[[], None]) -> qt.QShortcut:
        shortcut = qt.QShortcut(qt.QKeySequence(key), window)
        slot = lambda: self._pressed(act)  # noqa: E731
        shortcut.connect("activated()", slot)
        shortcut.connect("activatedAmbiguously()", slot)  # the main window has a Ctrl+Z of its own
        return shortcut

    def _pressed(self, act: Callable[[], None]) -> None:
        editor = self._editor
        if editor is None or not editor.widget.visible:
            return
        focus = qt.QApplication.focusWidget()
        if focus is None or not any(focus.inherits(kind) for kind in _TYPING):
            act()
