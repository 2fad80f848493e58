"""What the scene keeps of the panel."""

from __future__ import annotations

import slicer
from hand import wait_until
from installed import needs_packages
from panel_walk import PanelWalk


class SceneTest(PanelWalk):
    """What the scene keeps of the panel."""

    def test_choices_are_saved_with_the_scene_and_come_back(self) -> None:
        roi = self.add_roi()
        self.panel.image.use("10,400")
        self.ui.protectCheckBox.checked = False
        self.ui.propagationSelector.setCurrentIndex(self.ui.propagationSelector.findData("track"))
        self.panel.segment._keep()
        path = str(self.folder / "scene.mrb")
        self.assertTrue(slicer.util.saveScene(path))
        slicer.mrmlScene.Clear(0)
        self.panel.image.use("auto")
        self.assertTrue(self.ui.protectCheckBox.checked)
        slicer.util.loadScene(path)
        slicer.app.processEvents()
        parameters = self.panel.desk.parameters
        self.assertEqual(parameters.roi.GetName(), roi.GetName())
        self.assertEqual(self.ui.volumeSelector.currentNode().GetName(), "T1")
        self.assertFalse(self.ui.protectCheckBox.checked)
        self.assertEqual(self.workshop.intensity, "10,400")
        self.assertEqual(self.ui.propagationSelector.currentText, "Follow the shape")

    @needs_packages
    def test_a_scene_closed_while_work_goes_on_gets_nothing_of_it(self) -> None:
        self.add_roi()
        self.ui.segmentButton.click()
        slicer.mrmlScene.Clear(0)
        wait_until(lambda: not self.workshop.pump.is_running, 120)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"), 0)
        self.assertIsNone(self.ui.volumeSelector.currentNode())
