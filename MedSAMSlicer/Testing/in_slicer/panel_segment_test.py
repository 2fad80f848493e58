"""Segmenting with an ROI and points."""

from __future__ import annotations

import numpy as np
import slicer
from hand import Beats, Mouse, picture, wait_to_see
from installed import HAS_TORCH, needs_packages
from panel_walk import CASE, SLICES, PanelWalk

from medsam_core.metrics import dice


class SegmentTest(PanelWalk):
    """Segmenting with an ROI and points."""

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

    @needs_packages
    def test_an_roi_gives_a_segment_beside_a_free_application(self) -> None:
        self.add_roi()
        with Beats() as beats:
            node = self.segment()
        self.assertIsNotNone(node, self.ui.messageLabel.text)
        self.assertEqual(node.GetSegmentation().GetNthSegment(0).GetName(), "tumour")
        self.assertGreater(int(self.voxels(node).sum()), 1000)
        self.assertRegex(
            self.ui.messageLabel.text, r"ml on 3 slices, least sure at S \d+\.\d mm \(slice \d+\)"
        )
        self.assertGreater(dice(self.voxels(node), self.truth()), 0.6)
        self.assertEqual(self.ui.statusLabel.text, f"Ready - {self.workshop.model.name} model on CPU")
        self.assertIn("Demo network" if HAS_TORCH else "stub", self.ui.modelWords.text)
        ui = self.ui
        wait_to_see(ui.statusLabel, ui.roiSelector, ui.segmentButton, ui.messageLabel)
        print(f"longest pause of the main thread while segmenting: {1000 * beats.longest:.0f} ms")
        picture("slicer-module", self.widget.parent)

    @needs_packages
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

    @needs_packages
    def test_nothing_marked_and_no_volume_are_said(self) -> None:
        self.ui.segmentButton.click()
        self.assertIn("nothing is marked; choose or place an ROI", self.ui.messageLabel.text)
        self.add_roi()
        self.ui.volumeSelector.setCurrentNode(None)
        self.ui.segmentButton.click()
        self.assertIn("volume: none is chosen", self.ui.messageLabel.text)

    @needs_packages
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

    @needs_packages
    def test_a_second_object_goes_into_the_same_segmentation_and_takes_nothing_of_the_first(self) -> None:
        self.add_roi()
        node = self.segment()
        first = self.voxels(node)
        again = self.segment()
        self.assertIs(again, node)
        self.assertEqual(node.GetSegmentation().GetNumberOfSegments(), 2)
        self.assertTrue(np.array_equal(self.voxels(node), first))

    @needs_packages
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

    def truth(self) -> np.ndarray:
        """The tumour as drawn by hand, on the slices of the box."""
        truth = slicer.util.loadSegmentation(str(CASE / "truth.nrrd"))
        mask = self.voxels(truth)
        slicer.mrmlScene.RemoveNode(truth)
        mask[[k for k in range(len(mask)) if k not in SLICES]] = False
        return mask
