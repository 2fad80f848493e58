"""Doing again what a prompt journal says, on the chosen volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.errors import VolumeError
from MedSAMSlicerLib.panel.combo import fill, value_of
from MedSAMSlicerLib.panel.desk import Desk

if TYPE_CHECKING:
    from medsam_core.mrml.replay_plan import ReplayPlan

_ALL = ""


class ReplayPart:
    """A segmentation or one of its segments, or a file; a registration; the button."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        ui = desk.ui
        ui.journalSelector.connect("currentNodeChanged(vtkMRMLNode*)", lambda *_: self.show())
        ui.journalPath.connect("currentPathChanged(QString)", lambda *_: self.show())
        ui.replaySection.connect("contentsCollapsed(bool)", lambda *_: self.show())
        ui.replayButton.connect("clicked()", self.replay)

    def show(self) -> None:
        """Show what is."""
        ui = self._desk.ui
        if ui.replaySection.collapsed or self._desk.needs.missing:  # reading journals takes time
            return
        rows = [(_ALL, "All segments with prompts"), *self._segments()]
        fill(ui.journalSegmentSelector, rows, value_of(ui.journalSegmentSelector))
        self.enable()

    def enable(self) -> None:
        """Let buttons be pressed as far as it makes sense."""
        ui = self._desk.ui
        has_journal = bool(ui.journalPath.currentPath) or ui.journalSegmentSelector.count > 1
        ui.replayButton.enabled = has_journal and self._desk.is_free

    def replay(self) -> None:
        """Do it again."""
        work = self._desk.work
        work.guarded("the replay", lambda: work.carry_out("Replaying", self._plan(), self._show_node))

    def _plan(self) -> ReplayPlan:
        ui = self._desk.ui
        volume = ui.volumeSelector.currentNode()
        if volume is None:
            raise VolumeError("volume", "none is chosen", "choose one above")
        return self._desk.logic.planReplay(
            self._journal(),
            volume,
            transformNode=ui.transformSelector.currentNode(),
            protect=bool(ui.protectCheckBox.checked),
        )

    def _journal(self) -> object:
        ui = self._desk.ui
        if ui.journalPath.currentPath:
            return str(ui.journalPath.currentPath)
        node, segment_id = ui.journalSelector.currentNode(), value_of(ui.journalSegmentSelector)
        return (node, segment_id) if segment_id else node

    def _segments(self) -> list[tuple[str, str]]:
        from medsam_core.mrml.journal_tag import journals_of

        node = self._desk.ui.journalSelector.currentNode()
        if node is None:
            return []
        segmentation = node.GetSegmentation()
        return [(one, segmentation.GetSegment(one).GetName()) for one in journals_of(node)[0]]

    def _show_node(self, node: object) -> None:
        self._desk.ui.targetSelector.setCurrentNode(node)
