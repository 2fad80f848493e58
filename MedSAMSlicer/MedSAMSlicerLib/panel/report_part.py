"""Memory, and the text for a bug report."""

from __future__ import annotations

import slicer

from medsam_core.version import VERSION
from MedSAMSlicerLib.package_notes import unfit_torchvision
from MedSAMSlicerLib.panel.desk import Desk
from MedSAMSlicerLib.progress_words import size_words
from MedSAMSlicerLib.required_packages import installed_version
from MedSAMSlicerLib.settings_report import Situation, settings_report


class ReportPart:
    """Cache size with its button; the copy button.

    Args:
        desk: of the panel.
        notes: sentences about the installation.
    """

    def __init__(self, desk: Desk, notes: tuple[str, ...] = ()) -> None:
        self._desk, self._notes = desk, notes
        desk.ui.clearCacheButton.connect("clicked()", self.clear_cache)
        desk.ui.copyButton.connect("clicked()", self.copy)

    def show(self) -> None:
        """Show what is."""
        ui, stats = self._desk.ui, self._desk.workshop.cache_stats
        count, size = (stats.entries, stats.ram_bytes) if stats is not None else (0, 0)
        ui.cacheLabel.text = f"{count} slices are remembered ({size_words(size)})"
        ui.clearCacheButton.enabled = count > 0

    def clear_cache(self) -> None:
        """Forget what was read of slices."""
        self._desk.workshop.clear_cache()
        self._desk.work.tell("The memory is cleared; slices are read anew when they are needed.")

    def copy(self) -> None:
        """Put the report on the clipboard."""
        slicer.app.clipboard().setText(self.text)
        self._desk.work.tell("Settings and timings are on the clipboard. They name no patient and no file.")

    @property
    def text(self) -> str:
        """The report."""
        workshop, work = self._desk.workshop, self._desk.work
        app = slicer.app
        situation = Situation(
            {"MedSAM": VERSION, "Slicer": f"{app.applicationVersion} (revision {app.revision})"},
            workshop.choice,
            workshop.sentence,
            workshop.model,
            workshop.intensity,
            workshop.cache_stats,
            work.last_result,
            work.seconds,
            (*self._notes, unfit_torchvision(installed_version)),
        )
        return settings_report(situation, installed_version)
