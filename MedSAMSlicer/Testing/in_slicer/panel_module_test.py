"""The module around the panel: console, sample data, reload."""

from __future__ import annotations

import slicer
from installed import needs_packages
from panel_walk import PanelWalk


class ModuleTest(PanelWalk):
    """The module around the panel: console, sample data, reload."""

    @needs_packages
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
        self.assertEqual(truth.GetSegmentation().GetNthSegment(0).GetName(), "tumour as drawn")

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
