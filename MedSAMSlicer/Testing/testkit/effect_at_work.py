"""MedSAM effects at work in a real scene, without Qt: model, editing and the views' geometry are real."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from MedSAMSlicerLib.effect_actions import EffectActions
from MedSAMSlicerLib.effect_history import EffectHistory
from MedSAMSlicerLib.effect_work import EffectWork
from MedSAMSlicerLib.job_pump import JobPump
from MedSAMSlicerLib.slice_pane import SlicePane
from MedSAMSlicerLib.workshop import Workshop
from testkit.mrml_nodes import a_new_scene, add_slice_view, add_volume
from testkit.segment_editor_double import EditorDouble, TimerDouble
from testkit.two_balls import two_balls

NOTHING_MISSING = SimpleNamespace(missing=(), sentence="", install=lambda: None)
ALONG_RAS = np.diag([1.0, 1.0, 2.5, 1.0])
"""From voxels of the two balls to the patient: axial slices are rows of k."""


class Shop:
    """A workshop, its pump's timer, and a way to wait for it."""

    def __init__(self, **how: Any) -> None:
        timers: list[TimerDouble] = []

        def make_timer(slot: Callable[[], None]) -> TimerDouble:
            timers.append(TimerDouble(slot))
            return timers[-1]

        self.pump = JobPump(make_timer)
        self.timer = timers[0]
        self.workshop = Workshop(self.pump, how.pop("needs", NOTHING_MISSING), **how)

    def settle(self, seconds: float = 60.0) -> None:
        """Let the event loop turn until nothing is pending."""
        end = time.monotonic() + seconds
        while self.timer.is_on and time.monotonic() < end:
            self.timer.fire()
        assert not self.timer.is_on, "the work did not end"


class AtWork:
    """An effect in a Segment Editor of a scene with three views."""

    def __init__(self, shop: Shop, scene: Any = None) -> None:
        from vtkmodules.vtkRenderingCore import vtkRenderer

        self.shop = shop
        self.scene = a_new_scene() if scene is None else scene
        self.volume_node = add_volume(self.scene, two_balls(), ALONG_RAS, "CT")
        self.editor = EditorDouble(self.scene, self.volume_node)
        self.views = [
            add_slice_view(self.scene, plane, (200, 160), (100.0, 80.0), name=name) for name, plane in PLANES
        ]
        self.renders = 0
        self.panes = [SlicePane(view, vtkRenderer(), self._rendered) for view in self.views]
        self.pauses: list[TimerDouble] = []
        self.told = 0
        self.work = EffectWork(shop.workshop, lambda: self.panes, self._told, self._pause)
        self.actions = EffectActions(self.work)

    def make_history(self) -> EffectHistory:
        return EffectHistory(self.editor, self.editor)

    def begin(self) -> None:
        """Switch the effect on, and wait until everything is read."""
        self.work.begin(self.editor.node, self.make_history)
        self.shop.settle()

    def box(self, box_xyxy: tuple[float, ...], pane: int = 0) -> None:
        """Draw a box in one move, and wait for its mask."""
        view = self.panes[pane]
        self.work.marking.begin_box(view, is_new=True)
        self.work.marking.drag_box(view, box_xyxy)
        self.work.marking.end_box()
        self.shop.settle()

    def _rendered(self) -> None:
        self.renders += 1

    def _told(self) -> None:
        self.told += 1

    def _pause(self, slot: Callable[[], None]) -> TimerDouble:
        self.pauses.append(TimerDouble(slot))
        return self.pauses[-1]


def _plane(right: tuple, up: tuple, normal: tuple, middle: tuple) -> np.ndarray:
    plane = np.eye(4)
    for column, vector in enumerate((right, up, normal, middle)):
        plane[:3, column] = vector
    return plane


MIDDLE_RAS = (40.0, 32.0, 15.0)  # the slice through the middle of both balls
PLANES = (
    ("Red", _plane((1, 0, 0), (0, -1, 0), (0, 0, 1), MIDDLE_RAS)),
    ("Green", _plane((1, 0, 0), (0, 0, 1), (0, 1, 0), MIDDLE_RAS)),
    ("Slanted", _plane((0.96, 0, 0.28), (0, -1, 0), (-0.28, 0, 0.96), MIDDLE_RAS)),
)
