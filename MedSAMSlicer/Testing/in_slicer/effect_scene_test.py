"""Several editors, and scenes that are closed, saved and reopened."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import slicer
from editor_desk import EditorDesk
from effect_walk import EffectWalk
from hand import wait
from phantom import Phantom


class SceneTest(EffectWalk):
    """Several editors, and scenes that are closed, saved and reopened."""

    def test_two_editors_do_not_disturb_each_other(self) -> None:
        self.box()
        other = slicer.qMRMLSegmentEditorWidget()
        settings = slicer.vtkMRMLSegmentEditorNode()
        settings.SetSingletonTag("second")
        other.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNode(settings))
        other.setMRMLScene(slicer.mrmlScene)
        second = EditorDesk(self.phantom.node, other)
        self.desk.editor.setActiveEffect(None)
        effect = second.switch_on()
        self.assertIsNot(effect.work, self.work)
        self.assertIs(effect.work.bench.session.model, self.work.bench.session.model)
        self.assertIsNone(effect.work.bench.session.marked)
        other.setActiveEffect(None)
        self.desk.switch_on()
        self.assertIsNotNone(self.work.bench.session.marked)

    def test_closing_the_scene_ends_everything_and_the_next_scene_works(self) -> None:
        self.box()
        self.desk.button("MedSAMStart").click()
        slicer.mrmlScene.Clear(0)
        wait(0.3)
        self.assertIsNone(self.work.bench.session)
        self.phantom = Phantom()
        self.desk = EditorDesk(self.phantom.node)
        self.effect = self.desk.switch_on()
        self.work = self.effect.work
        self.show(self.phantom.middle())
        self.box()

    def test_reloading_the_module_leaves_the_effect_at_work(self) -> None:
        self.box()
        slicer.modules.medsamslicer.widgetRepresentation()
        slicer.util.reloadScriptedModule("MedSAMSlicer")
        wait(0.3)
        self.assertIsNotNone(self.work.bench.session.preview)
        self.pressed("MedSAMApply")

    def test_a_propagation_of_a_scene_that_is_open_again_can_be_gone_on_with(self) -> None:
        self.desk.add_segment("organ")
        self.box()
        self.pressed("MedSAMStart")
        self.pressed("MedSAMWrite")
        count = len(self.effect.options.strip._cells)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "scene.mrb")
            self.assertTrue(slicer.util.saveScene(path))
            slicer.mrmlScene.Clear(0)
            slicer.util.loadScene(path)
        node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
        self.desk.editor.setSegmentationNode(node)
        self.desk.editor.setSourceVolumeNode(slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode"))
        self.desk.editor.setCurrentSegmentID(node.GetSegmentation().GetNthSegmentID(0))
        self.desk.switch_on()
        self.assertEqual(len(self.effect.options.strip._cells), count)
        self.assertIn("as it was saved", str(self.effect.options.strip._cells[0]["text"]))

    def test_a_scene_that_was_saved_comes_back_with_segments_and_journal(self) -> None:
        segment = self.desk.add_segment("organ")
        self.box()
        self.pressed("MedSAMApply")
        mask = self.desk.mask(segment)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "scene.mrb")
            self.assertTrue(slicer.util.saveScene(path))
            slicer.mrmlScene.Clear(0)
            slicer.util.loadScene(path)
        node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
        volume = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
        again = slicer.util.arrayFromSegmentBinaryLabelmap(
            node, node.GetSegmentation().GetNthSegmentID(0), volume
        )
        np.testing.assert_array_equal(again.astype(bool), mask)
        from medsam_core.mrml.journal_source import journal_from  # needs the packages

        self.assertEqual(len(journal_from((node, node.GetSegmentation().GetNthSegmentID(0))).entries), 1)
