"""A user's walks with the effect: real widgets, a real scene, a real mouse."""

from __future__ import annotations

import unittest

import numpy as np
import slicer
from editor_desk import EditorDesk
from hand import Mouse, a_usual_screen
from installed import needs_packages
from phantom import Phantom


@needs_packages
class EffectWalk(unittest.TestCase):
    """Begins with a phantom in the Segment Editor, the effect switched on, all views through an organ."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.workshop = slicer.modules.MedSAMSlicerInstance.workshop
        a_usual_screen()

    def setUp(self) -> None:
        slicer.mrmlScene.Clear(0)
        slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        self.phantom = Phantom()
        self.desk = EditorDesk(self.phantom.node)
        self.effect = self.desk.switch_on()
        self.work = self.effect.work
        self.red = Mouse("Red")
        self.show(self.phantom.middle())

    def tearDown(self) -> None:
        self.desk.editor.setActiveEffect(None)
        self.desk.settle()

    def show(self, ras: np.ndarray) -> None:
        """Bring all views to a place."""
        for name in ("Red", "Green", "Yellow"):
            slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode().JumpSliceByOffsetting(*ras)
        self.desk.settle()

    @property
    def red_pane(self) -> object:
        """The red view as the effect sees it."""
        return self.effect.views.of(self.red.widget)

    def box(self, mouse: Mouse | None = None, of: str = "left", axes: str = "xy") -> None:
        """Drag a box around an organ and wait for its mask."""
        (mouse or self.red).drag(*self.phantom.box(of, axes))
        self.desk.settle()
        self.assertIsNotNone(self.work.bench.session.preview, self.work.status.text)

    def pressed(self, name: str) -> None:
        """Press a button of the options."""
        button = self.desk.button(name)
        self.assertTrue(button.enabled, f"{name} cannot be pressed: {self.work.status.text}")
        button.click()
        self.desk.settle()
