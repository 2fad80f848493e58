"""How far it is, a way to stop it, and the message that follows."""

from __future__ import annotations

from MedSAMSlicerLib.panel.desk import Desk
from MedSAMSlicerLib.progress_words import percent, progress_words

_PROBLEM = "color: #c9302c;"


class ProgressPart:
    """Bar, Cancel button and message."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.ui.cancelButton.connect("clicked()", desk.work.cancel)

    def show(self) -> None:
        """Show what is."""
        ui, work = self._desk.ui, self._desk.work
        progress = work.progress
        ui.progressFrame.visible = progress is not None
        if progress is None:
            ui.messageLabel.text = work.message
            ui.messageLabel.setStyleSheet(_PROBLEM if work.is_warning else "")
        else:
            part = percent(progress)
            ui.progressBar.maximum = 0 if part is None else 100
            ui.progressBar.value = part or 0
            ui.messageLabel.text = progress_words(progress)
            ui.messageLabel.setStyleSheet("")
        ui.messageLabel.visible = bool(ui.messageLabel.text)
