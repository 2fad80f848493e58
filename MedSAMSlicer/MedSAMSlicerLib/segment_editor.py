"""The Segment Editor widget that an effect belongs to."""

from __future__ import annotations

from typing import Any


class SegmentEditor:
    """What an effect needs of its `qMRMLSegmentEditorWidget`.

    Args:
        widget: the editor's.
    """

    def __init__(self, widget: Any) -> None:
        self.widget = widget

    @classmethod
    def around(cls, options_frame: Any) -> SegmentEditor | None:
        """The editor in whose options a frame lies; None while it lies nowhere.

        Slicer tells an effect nothing of its editor.
        """
        widget = options_frame
        while widget is not None and widget.className() != "qMRMLSegmentEditorWidget":
            widget = widget.parent()
        return None if widget is None else cls(widget)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._is_enabled("UndoButton")

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step."""
        return self._is_enabled("RedoButton")

    def undo(self) -> None:
        """Take the last step back."""
        self.widget.undo()

    def redo(self) -> None:
        """Take the step that was undone again."""
        self.widget.redo()

    def give_keys(self) -> None:
        """Let the effect have the keys: the editor's own take Esc, Z, Y, the digits and more."""
        self.widget.uninstallKeyboardShortcuts()

    def take_keys(self) -> None:
        """Give the keys back to the editor."""
        self.widget.installKeyboardShortcuts()

    def _is_enabled(self, name: str) -> bool:
        # The history itself is private to the widget; its state is what the buttons show.
        for button in self.widget.findChildren("QToolButton"):
            if button.objectName == name:
                return bool(button.enabled)
        return False
