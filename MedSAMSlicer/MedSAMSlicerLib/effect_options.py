"""The options of the effect in the Segment Editor."""

from __future__ import annotations

from collections.abc import Callable

import qt

from medsam_core.interaction.carry_on import Carry
from medsam_core.interaction.run_words import STRATEGY_NAMES
from MedSAMSlicerLib.effect_actions import EffectActions
from MedSAMSlicerLib.effect_state import EffectState
from MedSAMSlicerLib.qt_timer import pause_timer
from MedSAMSlicerLib.scrolling import bring_into_sight
from MedSAMSlicerLib.strip_widget import StripWidget

_ORDER = ("track", "anchors", "consensus", "roi")
_PROBLEM = "color: #d9534f;"
_DIM = "color: gray;"


class EffectOptions(qt.QWidget):
    """Reads nothing but its own widgets, calls the actions, shows a state.

    Args:
        actions: are called.
    """

    def __init__(self, actions: EffectActions) -> None:
        qt.QWidget.__init__(self)
        self._actions = actions
        self._shown: EffectState | None = None
        # Not before it has its place in the panel. Under the strip it is the lowest of what matters then.
        self._appeared = pause_timer(lambda: bring_into_sight(self.next_unsure), 0)
        rows = qt.QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addLayout(self._model_row())
        self.hint = _label("MedSAMHint", wrap=True)
        rows.addWidget(self.hint)
        rows.addLayout(self._mark_row())
        self.message = _label("MedSAMMessage", wrap=True)
        rows.addWidget(self.message)
        rows.addWidget(qt.QLabel("Through the volume:"))
        rows.addLayout(self._start_row())
        rows.addWidget(self._run_part())
        rows.addWidget(self._from_segment())
        rows.addWidget(self._protection())

    @property
    def is_negative(self) -> bool:
        """Whether plain clicks say what does not belong."""
        return bool(self.negative.checked)

    @property
    def carry(self) -> Carry:
        """What "Start" is to do."""
        strategy = self.strategy.itemData(self.strategy.currentIndex)
        return Carry(str(strategy), bool(self.from_segment.checked), int(self.reach.value))

    def show_state(self, state: EffectState) -> None:
        """Show what is; only what changed is touched."""
        if state == self._shown:
            return
        self._shown = state
        _say(self.model, state.model_text, _PROBLEM if state.model_problem else "")
        self.install.visible, self.retry.visible = state.can_install, state.can_retry
        _say(self.hint, state.hint, "")
        _say(self.message, state.message, _PROBLEM if state.is_problem else _DIM)
        self.message.visible = bool(state.message)
        self.apply.enabled, self.apply.text = state.can_apply, state.apply_text
        self.clear.enabled = state.can_clear
        self._show_run(state)

    def _show_run(self, state: EffectState) -> None:
        self.start.visible, self.cancel.visible = not state.is_running, state.is_running
        self.start.enabled = state.can_start
        self.strategy.enabled = self.reach.enabled = self.from_segment.enabled = state.can_start
        self.progress.visible, self.progress.value = state.is_running, state.percent
        told = " · ".join((state.run_text, *state.stops)) if state.run_text else ""
        _say(self.run, told, "")
        self.run.visible = bool(told)
        self.strip.show_cells(state.cells, state.here)
        self.scale.text = state.legend
        is_new = (bool(state.cells) and not self.strip.visible) or (
            state.can_write and not self.write.visible
        )
        self.strip.visible = self.scale.visible = bool(state.cells)
        self.write.visible = self.discard.visible = state.can_write
        self.next_unsure.visible = state.can_step
        self.run_part.visible = bool(told or state.cells or state.is_running)
        if is_new:
            self._appeared.start()

    def _model_row(self) -> qt.QHBoxLayout:
        self.model = _label("MedSAMModel", wrap=True)
        self.install = _button("MedSAMInstall", "Install", self._actions.install)
        self.install.toolTip = "Install what is missing into Slicer. It takes some minutes."
        self.retry = _button("MedSAMRetry", "Try again", self._actions.retry)
        return _row((self.model, 1), self.install, self.retry)

    def _mark_row(self) -> qt.QHBoxLayout:
        self.positive = _toggle("MedSAMPositive", "+", "A click says: this belongs to the object")
        self.negative = _toggle(
            "MedSAMNegative", "\N{MINUS SIGN}", "A click says: this does not belong (Ctrl+click)"
        )
        self._signs = qt.QButtonGroup(self)
        for button in (self.positive, self.negative):
            self._signs.addButton(button)
        self.positive.checked = True
        self.apply = _button("MedSAMApply", "Apply", self._actions.enter)
        self.apply.toolTip = "Write the mask into the selected segment (Enter)"
        self.clear = _button("MedSAMClear", "Clear", self._actions.clear)
        self.clear.toolTip = "Take back the clicks, then the box (Esc)"
        return _row(self.positive, self.negative, (self.apply, 1), self.clear)

    def _protection(self) -> qt.QCheckBox:
        self.protect = qt.QCheckBox("Leave all other segments as they are")
        self.protect.objectName = "MedSAMProtect"
        self.protect.checked = True  # as a new `Bench` has it
        self.protect.toolTip = (
            "No voxel of another segment is taken. Where the masking below allows overlap, or editing inside"
            " of a segment, that holds."
        )
        self.protect.connect("toggled(bool)", self._actions.protect_others)
        return self.protect

    def _from_segment(self) -> qt.QCheckBox:
        self.from_segment = qt.QCheckBox("Start from the segment as it is")
        self.from_segment.objectName = "MedSAMFromSegment"
        self.from_segment.toolTip = "What was drawn on some slices, by any means, is carried to the others"
        return self.from_segment

    def _run_part(self) -> qt.QWidget:
        """A propagation: how far it is, its strip, what can be done with it, why it ended."""
        self.run_part = qt.QWidget()
        rows = qt.QVBoxLayout(self.run_part)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        self.progress = qt.QProgressBar()
        self.progress.objectName = "MedSAMProgress"
        self.strip = StripWidget(self._actions.jump)
        self.scale = _label("MedSAMScale")
        self.scale.setStyleSheet(_DIM)
        self.run = _label("MedSAMRun", wrap=True)
        for widget in (self.progress, self.strip, self.scale):
            rows.addWidget(widget)
        rows.addLayout(self._result_row())
        rows.addWidget(self.run)
        return self.run_part

    def _start_row(self) -> qt.QHBoxLayout:
        self.strategy = qt.QComboBox()
        self.strategy.objectName = "MedSAMStrategy"
        self.strategy.sizeAdjustPolicy = qt.QComboBox.AdjustToMinimumContentsLengthWithIcon
        self.strategy.minimumContentsLength = 8
        for name in _ORDER:
            self.strategy.addItem(STRATEGY_NAMES[name], name)
        self.reach = qt.QSpinBox()
        self.reach.objectName = "MedSAMReach"
        self.reach.minimum, self.reach.maximum, self.reach.value = 1, 9999, 10
        self.reach.prefix, self.reach.suffix = "\N{PLUS-MINUS SIGN} ", " slices"
        self.strategy.connect("currentIndexChanged(int)", lambda *_: self._show_reach())
        self._show_reach()
        self.start = _button("MedSAMStart", "Start", lambda: self._actions.propagate(self.carry))
        self.start.toolTip = "Carry what is marked through the volume; nothing is written yet"
        self.cancel = _button("MedSAMCancel", "Cancel", self._actions.cancel)
        self.cancel.toolTip = "Stop, and keep what is done"
        return _row((self.strategy, 1), self.reach, self.start, self.cancel)

    def _result_row(self) -> qt.QHBoxLayout:
        self.write = _button("MedSAMWrite", "Write", self._actions.write)
        self.write.toolTip = "Write what was found into the segment, as one step of undo"
        self.discard = _button("MedSAMDiscard", "Discard", self._actions.discard)
        self.next_unsure = _button("MedSAMNext", "Next unsure slice", self._actions.next_unsure)
        self.next_unsure.toolTip = "Go to the next slice that is worth a look (N)"
        return _row(self.write, self.discard, (self.next_unsure, 1))

    def _show_reach(self) -> None:
        self.reach.visible = self.strategy.itemData(self.strategy.currentIndex) == "roi"


def _label(name: str, *, wrap: bool = False) -> qt.QLabel:
    label = qt.QLabel()
    label.objectName, label.wordWrap = name, wrap
    return label


def _say(label: qt.QLabel, text: str, style: str) -> None:
    label.text = text
    if label.styleSheet != style:
        label.styleSheet = style


def _button(name: str, text: str, act: Callable[[], None]) -> qt.QPushButton:
    button = qt.QPushButton(text)
    button.objectName = name
    button.connect("clicked()", act)
    return button


def _toggle(name: str, text: str, told: str) -> qt.QToolButton:
    button = qt.QToolButton()
    button.objectName, button.text, button.toolTip, button.checkable = name, text, told, True
    button.accessibleName = told
    return button


def _row(*parts: object) -> qt.QHBoxLayout:
    """Widgets side by side; (widget, share) takes what room is left."""
    row = qt.QHBoxLayout()
    for part in parts:
        widget, share = part if isinstance(part, tuple) else (part, 0)
        row.addWidget(widget, share)
    return row
