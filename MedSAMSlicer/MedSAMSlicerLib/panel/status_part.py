"""The first line: ready, loading, or what is missing; and the button that helps."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer

from MedSAMSlicerLib.panel.desk import Desk
from MedSAMSlicerLib.workshop import ModelPhase

_COLOURS = {ModelPhase.READY: "#2e8b57", ModelPhase.FAILED: "#c9302c", ModelPhase.MISSING: "#b86a00"}


class StatusPart:
    """Line and buttons at the top."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.ui.statusButton.connect("clicked()", self.help)
        desk.ui.wheelsButton.connect("clicked()", self.choose_wheels)

    def show(self) -> None:
        """Show what is."""
        ui, needs, phase = self._desk.ui, self._desk.needs, self._desk.workshop.phase
        is_missing = phase is ModelPhase.MISSING
        ui.statusLabel.text = self._desk.workshop.sentence
        colour = _COLOURS.get(phase, "palette(text)")
        ui.statusLabel.setStyleSheet(f"font-weight: bold; color: {colour};")
        ui.statusButton.text = "Install" if is_missing else "Try again"
        ui.statusButton.visible = (is_missing and needs.can_install) or phase is ModelPhase.FAILED
        ui.consequencesLabel.text = needs.consequences if is_missing else ""
        ui.consequencesLabel.visible = ui.wheelsButton.visible = is_missing

    def help(self) -> None:
        """What the button says."""
        if self._desk.workshop.phase is ModelPhase.MISSING:
            self.install(None)
        else:
            self._desk.workshop.retry()

    def choose_wheels(self) -> None:
        """Ask for a folder, and install from it."""
        folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), "Folder of wheels")
        if folder:
            self.install(Path(folder))

    def install(self, wheels: Path | None) -> None:
        """Install what is missing."""
        work = self._desk.work
        with slicer.util.WaitCursor():
            if work.guarded("the installation", lambda: self._desk.needs.install(wheels)):
                work.tell("Everything that is needed is installed.")
        self._desk.workshop.refresh()
