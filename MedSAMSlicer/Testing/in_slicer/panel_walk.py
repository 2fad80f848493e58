"""A user's walks through the module's panel: real widgets and a real scene."""

from __future__ import annotations

import shutil
import tempfile
import unittest
from pathlib import Path

import numpy as np
import slicer
import vtk
from hand import a_usual_screen, wait_until

HOME = Path(__file__).resolve().parents[2]
CASE = HOME / "Resources" / "DemoCase"
SLICES = (7, 8, 9)  # as Slicer counts them: from the other end than the file


class PanelWalk(unittest.TestCase):
    """Begins with the demo case and the demo model in the panel."""

    @classmethod
    def setUpClass(cls) -> None:
        a_usual_screen()

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
