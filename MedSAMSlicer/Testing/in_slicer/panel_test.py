"""The module's panel in the real application: real widgets and a real scene, as a user's hand finds them.

    Slicer --testing --python-script Testing/in_slicer/run_all.py

Without PyTorch the tests that need a model are skipped, and say so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

sys.path.append(str(Path(__file__).resolve().parent))

import numpy as np
import qt
import slicer
import vtk
from editor_desk import HAS_TORCH
from hand import Beats, Mouse, picture, wait_until

from medsam_core.metrics import dice
from MedSAMSlicerLib.dependencies import Dependencies
from MedSAMSlicerLib.required_packages import read_required

HOME = Path(__file__).resolve().parents[2]
CASE = HOME / "Resources" / "DemoCase"
LIST = HOME / "Resources" / "requirements.txt"
SLICES = (7, 8, 9)  # as Slicer counts them: from the other end than the file
MISSING = slicer.modules.MedSAMSlicerInstance.needs.missing
needs_packages = unittest.skipIf(MISSING, f"not installed: {', '.join(one.name for one in MISSING)}")
needs_model = unittest.skipUnless(HAS_TORCH, "PyTorch is not installed: no model can answer")


class PanelTest(unittest.TestCase):
    """A user's walks through the panel."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear(0)
        slicer.util.selectModule("MedSAMSlicer")
        self.instance = slicer.modules.MedSAMSlicerInstance
        self.workshop = self.instance.workshop
        self.widget = slicer.modules.MedSAMSlicerWidget
        self.folder = Path(tempfile.mkdtemp(prefix="medsam-test-"))
        self.volume = slicer.util.loadVolume(str(CASE / "image.nrrd"), {"name": "T1"})
        self.ui.volumeSelector.setCurrentNode(self.volume)
        self.ui.intensitySelector.setCurrentIndex(0)
        self.panel.image.use("auto")
        self.panel.model.choose("demo")

    def tearDown(self) -> None:
        self.panel.work.cancel()
        wait_until(lambda: not self.panel.work.is_busy)
        slicer.mrmlScene.Clear(0)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def ui(self):
        return self.widget.ui

    @property
    def panel(self):
        return self.widget.panel

    def add_roi(self):
        """A box around the tumour of the demo case."""
        matrix = vtk.vtkMatrix4x4()
        self.volume.GetIJKToRASMatrix(matrix)
        corners = np.array([[160, 82, SLICES[0], 1], [209, 117, SLICES[-1], 1]])
        low, high = (corners @ slicer.util.arrayFromVTKMatrix(matrix).T)[:, :3]
        roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "tumour")
        roi.SetCenter(*((low + high) / 2))
        roi.SetSize(*np.abs(high - low))
        self.ui.roiSelector.setCurrentNode(roi)
        return roi

    def segment(self):
        """Press Segment, and wait for the segmentation."""
        self.ui.segmentButton.click()
        self.rest()
        return self.ui.targetSelector.currentNode()

    def rest(self, seconds: float = 120.0) -> None:
        """Until nothing is under way."""
        wait_until(lambda: not self.panel.work.is_busy, seconds)

    def voxels(self, node) -> np.ndarray:
        """The first segment on the volume's voxels."""
        segment_id = node.GetSegmentation().GetNthSegmentID(0)
        return slicer.util.arrayFromSegmentBinaryLabelmap(node, segment_id, self.volume) > 0

    def truth(self) -> np.ndarray:
        """The tumour as drawn by hand, on the slices of the box."""
        truth = slicer.util.loadSegmentation(str(CASE / "truth.nrrd"))
        mask = self.voxels(truth)
        slicer.mrmlScene.RemoveNode(truth)
        mask[[k for k in range(len(mask)) if k not in SLICES]] = False
        return mask

    # Opening

    def test_the_panel_opens_on_one_screen_and_loads_no_torch(self) -> None:
        self.assertTrue(self.ui.statusLabel.text)
        self.assertFalse(self.ui.modelSection.collapsed)
        self.assertTrue(self.ui.batchSection.collapsed)
        self.assertEqual(self.ui.modelSelector.itemData(0), "demo")

    @unittest.skipUnless(MISSING, "everything is installed")
    def test_in_a_slicer_that_lacks_something_the_panel_opens_and_says_what_to_do(self) -> None:
        self.assertIn("needed", self.ui.statusLabel.text)
        self.assertIn(MISSING[0].requirement, self.ui.consequencesLabel.text)
        self.assertFalse(self.ui.segmentSection.enabled)
        with self.assertRaisesRegex(Exception, "press Install in the module MedSAM"):
            self.widget.logic.segment(self.volume, None)

    def test_without_torch_it_says_what_is_needed_and_one_click_installs_it(self) -> None:
        lacking = _without_torch()
        real_needs, real_model = self.workshop.needs, self.workshop._model
        self.workshop.needs = self.panel.desk.needs = lacking
        self.workshop._model = None
        try:
            self.workshop.refresh()
            self.assertEqual(self.ui.statusLabel.text, "PyTorch is needed (about 200 MB).")
            self.assertIn("Slicer does not answer until it is there", self.ui.consequencesLabel.text)
            self.assertTrue(self.ui.statusButton.visible and self.ui.wheelsButton.visible)
            self.assertFalse(self.ui.segmentSection.enabled)
            picture("slicer-no-torch", self.widget.parent)
            self.ui.statusButton.click()
            self.assertEqual(self.ui.messageLabel.text, "Everything that is needed is installed.")
            self.assertTrue(self.ui.segmentSection.enabled)
            self.assertFalse(self.ui.statusButton.visible)
        finally:
            self.workshop.needs = self.panel.desk.needs = real_needs
            self.workshop._model = real_model
            self.workshop.refresh()

    # Image

    @needs_packages
    def test_the_picture_shows_the_slice_through_the_preset(self) -> None:
        wait_until(lambda: self.ui.pictureWords.text.startswith("mr: "))
        first = self.panel.image.shown.rgb_yx
        self.assertFalse(self.ui.picture.pixmap.isNull())
        selector = self.ui.intensitySelector
        selector.setCurrentIndex(selector.findData("none"))
        self.panel.image.use("none")
        wait_until(lambda: self.ui.pictureWords.text.startswith("none: "))
        self.assertFalse(np.array_equal(first, self.panel.image.shown.rgb_yx))
        self.assertEqual(self.panel.desk.parameters.intensity, "none")

    @needs_packages
    def test_the_picture_follows_the_slice_view(self) -> None:
        wait_until(lambda: bool(self.ui.pictureWords.text))
        before = self.panel.image.shown.rgb_yx
        red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
        red.SetSliceOffset(red.GetSliceOffset() + 13)
        wait_until(lambda: not np.array_equal(self.panel.image.shown.rgb_yx, before))

    def test_a_preset_that_is_none_is_refused_where_the_eye_is(self) -> None:
        self.panel.image.use("nonsense")
        self.assertIn("'nonsense' is no preset", self.ui.messageLabel.text)
        self.assertEqual(self.workshop.intensity, "auto")
        self.panel.image.use("10,400")
        self.assertEqual(self.workshop.intensity, "10,400")

    # Segmenting

    @needs_packages
    def test_the_place_button_places_a_new_roi_with_the_mouse(self) -> None:
        slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        slicer.util.setSliceViewerLayers(background=self.volume, fit=True)
        slicer.app.processEvents()
        self.panel.segment.places[0].button.click()
        roi = self.ui.roiSelector.currentNode()
        self.assertEqual(roi.GetName(), "object")
        red = Mouse("Red")
        for corner in ((-30.0, -30.0), (10.0, 20.0)):
            height = red.node.GetSliceToRAS().GetElement(2, 3)
            red.click(np.array([*corner, height]))
            slicer.app.processEvents()
        self.assertTrue(roi.GetControlPointPlacementComplete())
        self.assertGreater(min(roi.GetSize()[:2]), 5)

    @needs_model
    def test_an_roi_gives_a_segment_beside_a_free_application(self) -> None:
        self.add_roi()
        with Beats() as beats:
            node = self.segment()
        self.assertIsNotNone(node, self.ui.messageLabel.text)
        self.assertEqual(node.GetSegmentation().GetNthSegment(0).GetName(), "tumour")
        self.assertGreater(int(self.voxels(node).sum()), 1000)
        self.assertIn("ml on 3 slices", self.ui.messageLabel.text)
        self.assertGreater(dice(self.voxels(node), self.truth()), 0.6)
        self.assertEqual(self.ui.statusLabel.text, "Ready - demo model on CPU")
        self.assertIn("Demo network", self.ui.modelWords.text)
        print(f"longest pause of the main thread while segmenting: {1000 * beats.longest:.0f} ms")
        picture("slicer-module", self.widget.parent)

    @needs_model
    def test_points_beside_the_object_take_part(self) -> None:
        roi = self.add_roi()
        first = self.voxels(self.segment())
        self.ui.targetSelector.setCurrentNode(None)
        negative = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "beside")
        centre = [0.0] * 3
        roi.GetCenter(centre)
        negative.AddControlPoint(*centre)
        self.ui.negativeSelector.setCurrentNode(negative)
        self.assertFalse(np.array_equal(first, self.voxels(self.segment())))

    @needs_model
    def test_nothing_marked_and_no_volume_are_said(self) -> None:
        self.ui.segmentButton.click()
        self.assertIn("nothing is marked; choose or place an ROI", self.ui.messageLabel.text)
        self.add_roi()
        self.ui.volumeSelector.setCurrentNode(None)
        self.ui.segmentButton.click()
        self.assertIn("volume: none is chosen", self.ui.messageLabel.text)

    @needs_model
    def test_cancel_leaves_the_scene_as_it_was(self) -> None:
        self.add_roi()
        self.ui.propagationSelector.setCurrentIndex(self.ui.propagationSelector.findData("consensus"))
        before = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")
        self.ui.segmentButton.click()
        self.assertTrue(self.ui.cancelButton.visible and self.ui.progressFrame.visible)
        self.ui.cancelButton.click()
        self.rest()
        self.assertEqual(self.ui.messageLabel.text, "Cancelled; nothing was written.")
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"), before)

    @needs_model
    def test_a_second_object_goes_into_the_same_segmentation_and_takes_nothing_of_the_first(self) -> None:
        self.add_roi()
        node = self.segment()
        first = self.voxels(node)
        again = self.segment()
        self.assertIs(again, node)
        self.assertEqual(node.GetSegmentation().GetNumberOfSegments(), 2)
        self.assertTrue(np.array_equal(self.voxels(node), first))

    @needs_model
    def test_what_the_panel_wrote_is_undone_in_the_segment_editor(self) -> None:
        self.add_roi()
        node = self.segment()
        slicer.util.selectModule("SegmentEditor")
        editor = slicer.modules.SegmentEditorWidget.editor
        editor.setSegmentationNode(node)
        editor.setSourceVolumeNode(self.volume)
        slicer.util.selectModule("MedSAMSlicer")
        self.segment()
        self.assertEqual(node.GetSegmentation().GetNumberOfSegments(), 2)
        editor.undo()
        self.assertEqual(node.GetSegmentation().GetNumberOfSegments(), 1)

    # Replay, batch, memory, report

    @needs_model
    def test_a_replay_gives_the_same_segment_bit_for_bit(self) -> None:
        self.add_roi()
        node = self.segment()
        first = self.voxels(node)
        self.ui.replaySection.collapsed = False
        self.ui.journalSelector.setCurrentNode(node)
        lines = [self.ui.journalSegmentSelector.itemText(n) for n in (0, 1)]
        self.assertEqual(lines, ["All segments with prompts", "tumour"])
        self.ui.replayButton.click()
        self.rest()
        again = self.ui.targetSelector.currentNode()
        self.assertIsNot(again, node)
        self.assertTrue(np.array_equal(self.voxels(again), first))
        path = self.folder / "tumour.journal.json"
        self.widget.logic.exportJournal(node, node.GetSegmentation().GetNthSegmentID(0), str(path))
        self.ui.journalPath.currentPath = str(path)
        self.ui.replayButton.click()
        self.rest()
        self.assertTrue(np.array_equal(self.voxels(self.ui.targetSelector.currentNode()), first))
        self.ui.journalPath.currentPath = ""
        self.ui.replaySection.collapsed = True

    @needs_model
    def test_a_batch_on_volumes_of_the_scene_and_on_a_folder(self) -> None:
        self.add_roi()
        other = slicer.modules.volumes.logic().CloneVolume(self.volume, "T1 again")
        for node in (self.volume, other):
            self.ui.batchVolumes.setCheckState(node, qt.Qt.Checked)
        self.ui.batchSceneButton.click()
        self.rest()
        self.assertEqual(self.ui.messageLabel.text, "2 of 2 volumes are segmented.")
        images, out = self.folder / "images", self.folder / "out"
        images.mkdir()
        shutil.copy(CASE / "image.nrrd", images / "case.nrrd")
        self.ui.batchSource.currentPath, self.ui.batchOutput.currentPath = str(images), str(out)
        self.ui.batchFolderButton.click()
        self.rest()
        self.assertIn("1 of 1 images are segmented", self.ui.messageLabel.text)
        self.assertTrue((out / "case.seg.nrrd").is_file())

    @needs_model
    def test_memory_is_shown_and_cleared(self) -> None:
        self.add_roi()
        self.segment()
        self.assertRegex(self.ui.cacheLabel.text, r"^\d+ slices are remembered \(\d+ MB\)$")
        self.ui.clearCacheButton.click()
        self.assertEqual(self.ui.cacheLabel.text, "0 slices are remembered (0 MB)")

    @needs_model
    def test_settings_and_timings_go_to_the_clipboard_without_names(self) -> None:
        self.add_roi()
        self.segment()
        self.ui.copyButton.click()
        text = slicer.app.clipboard().text()
        self.assertIn(f"Slicer {slicer.app.applicationVersion}", text)
        self.assertIn("Last segmentation: volume 256 x 256 x 25", text)
        self.assertNotIn("tumour", text)
        self.assertNotIn("T1", text)

    # Other checkpoints

    @needs_packages
    def test_a_model_that_is_not_here_shows_what_a_download_brings_and_the_last_one_stays(
        self,
    ) -> None:
        from medsam_core.checkpoints import CATALOG, fetched_path

        row = CATALOG["vit_b"]
        if fetched_path(row).is_file():
            self.skipTest("it is here")
        self.panel.model.choose("vit_b")
        self.assertTrue(self.ui.fetchButton.visible)
        self.assertEqual(self.ui.fetchButton.text, "Download (375 MB)")
        for part in ("Apache-2.0", row.sha256, "demo stays in use"):
            self.assertIn(part, self.ui.modelWords.text)
        self.assertEqual(self.workshop.choice.name_or_path, "demo")
        self.panel.model.choose("demo")
        self.assertFalse(self.ui.fetchButton.visible)

    @needs_model
    def test_a_download_is_checked_and_then_in_use(self) -> None:
        from medsam_core.checkpoints import CATALOG

        published = HOME / "Resources" / "Models" / "demo.safetensors"
        checksum = hashlib.sha256(published.read_bytes()).hexdigest()
        row = replace(CATALOG["mobile_sam"], url=published.as_uri(), sha256=checksum, bytes=None)
        folder = {"MEDSAM_MODELS": str(self.folder)}
        with mock.patch.dict(CATALOG, mobile_sam=row), mock.patch.dict(os.environ, folder):
            self.panel.model.choose("mobile_sam")
            self.ui.fetchButton.click()
            self.rest()
            self.assertEqual(
                self.ui.messageLabel.text, "mobile_sam was downloaded, and its checksum is right."
            )
            wait_until(lambda: self.workshop.model is not None)
            self.assertEqual(self.workshop.choice.name_or_path, "mobile_sam")
            self.assertFalse(self.ui.fetchButton.visible)
        self.panel.model.choose("demo")

    @needs_model
    def test_a_checkpoint_dropped_on_the_panel_is_in_use(self) -> None:
        path = self.folder / "best.safetensors"
        shutil.copy(HOME / "Resources" / "Models" / "demo.safetensors", path)
        _drop(self.ui.statusFrame.parent(), path)
        wait_until(lambda: self.workshop.model is not None)
        self.assertEqual(self.ui.modelSelector.currentText, "best.safetensors")
        self.assertEqual(self.panel.desk.parameters.model, "best.safetensors")
        self.assertIn("Demo network", self.ui.modelWords.text)

    @needs_model
    def test_a_file_that_is_no_checkpoint_is_refused_with_a_sentence_and_the_next_one_works(self) -> None:
        path = self.folder / "bad.pth"
        path.write_bytes(b"nothing of the kind")
        self.panel.model.use_file(str(path))
        wait_until(lambda: self.ui.statusButton.visible)
        self.assertIn("is not a checkpoint that we know", self.ui.statusLabel.text)
        self.panel.model.choose("demo")
        wait_until(lambda: self.workshop.model is not None)
        self.assertFalse(self.ui.statusButton.visible)

    # The scene

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

    @needs_model
    def test_a_scene_closed_while_work_goes_on_gets_nothing_of_it(self) -> None:
        self.add_roi()
        self.ui.segmentButton.click()
        slicer.mrmlScene.Clear(0)
        wait_until(lambda: not self.workshop.pump.is_running, 120)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"), 0)
        self.assertIsNone(self.ui.volumeSelector.currentNode())

    # The module

    @needs_model
    def test_the_console_segments_in_one_line(self) -> None:
        roi = self.add_roi()
        logic = slicer.util.getModuleLogic("MedSAMSlicer")
        node = logic.segment(self.volume, roi, model="demo", propagation="track")
        self.assertTrue(node.IsA("vtkMRMLSegmentationNode"))
        self.assertGreater(int(self.voxels(node).sum()), 1000)
        self.assertIsNotNone(logic.lastResult)

    def test_the_demo_case_is_among_the_sample_data(self) -> None:
        import SampleData

        names = [one.sampleName for one in SampleData.SampleDataLogic.sampleDataSourcesByCategory("MedSAM")]
        self.assertEqual(names, ["MedSAMDemo"])
        image, truth = SampleData.SampleDataLogic().downloadSamples("MedSAMDemo")
        self.assertEqual(image.GetImageData().GetDimensions(), (256, 256, 25))
        self.assertEqual(truth.GetSegmentation().GetNumberOfSegments(), 1)

    def test_reload_makes_a_new_panel_that_works_and_keeps_the_model(self) -> None:
        workshop, old = self.workshop, self.panel
        self.widget.onReload()
        self.widget = slicer.modules.MedSAMSlicerWidget
        slicer.util.selectModule("MedSAMSlicer")
        self.assertIsNot(self.panel, old)
        self.assertIs(self.panel.desk.workshop, workshop)
        self.assertEqual(self.ui.volumeSelector.currentNode().GetName(), "T1")
        self.panel.image.use("mr")
        self.assertEqual(workshop.intensity, "mr")


def _without_torch():
    """What is missing where everything but PyTorch is installed; its installer only notes that it ran."""
    have = {one.name: one.requirement.partition("=")[2].lstrip("=") for one in read_required(LIST)}
    extension = SimpleNamespace(is_there=True, install=lambda versions: have.update(torch="2.9"))
    return Dependencies(read_required(LIST), installer=None, torch_installer=extension, installed=have.get)


def _drop(widget, path: Path) -> None:
    """Let a file go above a widget."""
    data = qt.QMimeData()
    data.setUrls([qt.QUrl.fromLocalFile(str(path))])
    args = (qt.QPoint(5, 5), qt.Qt.CopyAction, data, qt.Qt.LeftButton, qt.Qt.NoModifier)
    slicer.app.sendEvent(widget, qt.QDragEnterEvent(*args))
    slicer.app.sendEvent(widget, qt.QDropEvent(qt.QPointF(5, 5), *args[1:]))
