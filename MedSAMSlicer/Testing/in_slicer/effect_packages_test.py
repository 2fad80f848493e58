"""Something is not installed."""

from __future__ import annotations

import unittest
from types import SimpleNamespace

import slicer
from editor_desk import EditorDesk
from effect_walk import EffectWalk
from hand import Mouse, picture, wait
from installed import LACKING
from phantom import Phantom


class MissingPackageTest(EffectWalk):
    """Something is not installed."""

    def test_a_missing_package_is_said_with_a_button_and_nothing_pops_up(self) -> None:
        needs, model = self.workshop.needs, self.workshop._model
        sentence = "PyTorch is needed (about 200 MB)."
        self.workshop.needs = SimpleNamespace(missing=("torch",), sentence=sentence, install=lambda: None)
        self.workshop._model = None
        self.workshop.refresh()
        self.assertEqual(self.desk.button("MedSAMModel").text, sentence)
        self.assertTrue(self.desk.button("MedSAMInstall").visible)
        picture("effect-without-torch")
        self.workshop.needs, self.workshop._model = needs, model
        self.workshop.refresh()
        self.assertFalse(self.desk.button("MedSAMInstall").visible)


@unittest.skipUnless(LACKING, "the packages are installed")
class NothingInstalledTest(unittest.TestCase):
    """On the first day."""

    def test_the_effect_says_what_is_needed_and_stays_out_of_the_way(self) -> None:
        workshop = slicer.modules.MedSAMSlicerInstance.workshop
        slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        phantom = Phantom()
        desk = EditorDesk(phantom.node)
        desk.editor.setActiveEffectByName("MedSAM")
        wait(0.2)
        self.assertEqual(desk.button("MedSAMModel").text, workshop.needs.sentence)
        self.assertTrue(desk.button("MedSAMInstall").visible)
        Mouse("Red").drag(*phantom.box())
        wait(0.2)
        self.assertIsNone(desk.effect.work.bench.session)
        self.assertFalse(desk.button("MedSAMApply").enabled)
        picture("effect-nothing-installed")
        slicer.mrmlScene.Clear(0)
