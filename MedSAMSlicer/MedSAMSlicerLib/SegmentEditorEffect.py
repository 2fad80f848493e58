"""The effect "MedSAM" of the Segment Editor, as Slicer makes and calls it. Everything else is elsewhere."""

from __future__ import annotations

from pathlib import Path

import qt
from SegmentEditorEffects import AbstractScriptedSegmentEditorEffect

from MedSAMSlicerLib.effect_actions import EffectActions
from MedSAMSlicerLib.effect_help import help_text
from MedSAMSlicerLib.effect_history import EffectHistory
from MedSAMSlicerLib.effect_keys import EffectKeys
from MedSAMSlicerLib.effect_options import EffectOptions
from MedSAMSlicerLib.effect_registration import new_effect, shared_workshop
from MedSAMSlicerLib.effect_state import state_of
from MedSAMSlicerLib.effect_work import EffectWork
from MedSAMSlicerLib.mark_pointer import MarkPointer
from MedSAMSlicerLib.qt_timer import pause_timer
from MedSAMSlicerLib.segment_editor import SegmentEditor
from MedSAMSlicerLib.slice_views import SliceViews

ICON = Path(__file__).resolve().parents[1] / "Resources" / "Icons" / "MedSAMSlicer.png"


class SegmentEditorEffect(AbstractScriptedSegmentEditorEffect):
    """One for each Segment Editor widget: they share the workshop, and nothing else."""

    def __init__(self, scriptedEffect):
        scriptedEffect.name = "MedSAM"
        scriptedEffect.title = "MedSAM"
        scriptedEffect.perSegment = True
        scriptedEffect.requireSegments = False  # the first box makes the first segment
        AbstractScriptedSegmentEditorEffect.__init__(self, scriptedEffect)
        self.options = None

    def clone(self):
        return new_effect()

    def icon(self):
        return qt.QIcon(str(ICON)) if ICON.exists() else qt.QIcon()

    def helpText(self):
        return help_text()

    def setupOptionsFrame(self):
        self.views = SliceViews()
        self.work = EffectWork(shared_workshop(), lambda: self.views.panes, self.show, pause_timer)
        self.actions = EffectActions(self.work)
        self.options = EffectOptions(self.actions)
        self.pointer = MarkPointer(self.work, lambda: self.options.is_negative, self.may_mark)
        self.keys = EffectKeys(
            {
                "Return": self.actions.enter,
                "Enter": self.actions.enter,
                "Escape": self.actions.clear,
                "N": self.actions.next_unsure,
                "Ctrl+Z": self.actions.undo,
                "Z": self.actions.undo,
                "Ctrl+Shift+Z": self.actions.redo,
                "Ctrl+Y": self.actions.redo,
                "Y": self.actions.redo,
            }
        )
        self.scriptedEffect.addOptionsWidget(self.options)

    def activate(self):
        editor = SegmentEditor.around(self.scriptedEffect.optionsFrame())
        if editor is None:
            return
        self.views.open()
        self.work.begin(
            self.scriptedEffect.parameterSetNode(), lambda: EffectHistory(self.scriptedEffect, editor)
        )
        self.keys.take(editor)

    def deactivate(self):
        self.keys.give_back()
        self.pointer.let_go()
        self.work.end()
        self.views.close()

    def cleanup(self):
        """Called by Slicer 5.10 and later when the Segment Editor ends."""
        if self.options is not None:
            self.deactivate()
            self.work.close()

    def createCursor(self, widget):
        return qt.QCursor(qt.Qt.CrossCursor)

    def processInteractionEvents(self, callerInteractor, eventId, viewWidget):
        pane = self.views.of(viewWidget)
        return pane is not None and self.pointer.handle(pane, eventId, callerInteractor)

    def processViewNodeEvents(self, callerViewNode, eventId, viewWidget):
        pane = self.views.of(viewWidget)
        if pane is not None:
            self.work.moved(pane)

    def layoutChanged(self):
        if self.work.is_active:
            self.views.open()
            self.work.views_changed()

    def sourceVolumeNodeChanged(self):
        self.work.refresh()

    def interactionNodeModified(self, interactionNode):
        """Stay on while markups are placed: the place mode takes the mouse by itself."""

    def may_mark(self):
        return self.scriptedEffect.confirmCurrentSegmentVisible() != self.scriptedEffect.NotConfirmed

    def show(self):
        if self.options is not None and self.work.is_active:
            self.options.show_state(state_of(self.work, self.actions, shared_workshop()))

    # Slicer calls these for each effect; there is nothing to be set.

    def setMRMLDefaults(self):
        pass

    def updateGUIFromMRML(self):
        pass

    def updateMRMLFromGUI(self):
        pass
