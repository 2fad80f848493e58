"""The Segment Editor's own masking and overwriting, and protected neighbours."""

from __future__ import annotations

import numpy as np
import slicer
from effect_walk import EffectWalk


class MaskingTest(EffectWalk):
    """The Segment Editor's own masking and overwriting, and protected neighbours."""

    def test_overwrite_modes_and_locked_neighbours_hold_bit_for_bit(self) -> None:
        wall_kji = np.zeros(self.phantom.size_ijk[::-1], bool)
        i = int(np.argmin(np.abs(np.linspace(-128, 128, 128) - self.phantom.middle()[0])))
        wall_kji[:, :, i:] = True
        settings = self.desk.settings
        for mode, protect, gives_way in (
            (settings.OverwriteAllSegments, False, True),
            (settings.OverwriteNone, False, False),
            (settings.OverwriteAllSegments, True, False),
        ):
            with self.subTest(mode=mode, protect=protect):
                wall = self.desk.add_segment("wall", wall_kji)
                organ = self.desk.add_segment("organ")
                settings.SetOverwriteMode(mode)
                self.desk.button("MedSAMProtect").checked = protect
                self.box()
                answer = self.work.bench.session.preview.result.mask_yx(wall_kji.shape[1:])
                index = self.work.bench.session.preview.prompt.index
                self.pressed("MedSAMApply")
                expected = wall_kji.copy()
                if gives_way:
                    expected[index] &= ~answer
                np.testing.assert_array_equal(self.desk.mask(wall), expected)
                free = answer & ~wall_kji[index] if protect else answer
                np.testing.assert_array_equal(self.desk.mask(organ)[index], free)
                self.desk.button("MedSAMProtect").checked = False
                for segment in (wall, organ):
                    self.desk.segmentation.GetSegmentation().RemoveSegment(segment)
                self.desk.switch_on()  # without a segment the editor switches effects off
        settings.SetOverwriteMode(settings.OverwriteAllSegments)

    def test_neighbours_are_left_as_they_are_unless_the_editor_is_told_otherwise(self) -> None:
        wall_kji = np.zeros(self.phantom.size_ijk[::-1], bool)
        i = int(np.argmin(np.abs(np.linspace(-128, 128, 128) - self.phantom.middle()[0])))
        wall_kji[:, :, i:] = True
        wall, organ = self.desk.add_segment("wall", wall_kji), self.desk.add_segment("organ")
        settings = self.desk.settings
        self.assertEqual(settings.GetOverwriteMode(), settings.OverwriteAllSegments, "Slicer's default")
        self.assertTrue(self.desk.button("MedSAMProtect").checked)
        self.box()
        self.pressed("MedSAMApply")
        np.testing.assert_array_equal(self.desk.mask(wall), wall_kji)
        self.assertFalse((self.desk.mask(organ) & wall_kji).any())
        settings.SetMaskSegmentID(wall)
        settings.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedInsideSingleSegment)
        self.addCleanup(settings.SetMaskMode, slicer.vtkMRMLSegmentationNode.EditAllowedEverywhere)
        self.box()
        self.pressed("MedSAMApply")
        self.assertTrue((self.desk.mask(organ) & wall_kji).any(), "editing inside of it was asked for")

    def test_editable_intensities_and_area_hold(self) -> None:
        settings, values = self.desk.settings, slicer.util.arrayFromVolume(self.phantom.node)
        settings.SetSourceVolumeIntensityMask(True)
        settings.SetSourceVolumeIntensityMaskRange(155.0, 1000.0)
        segment = self.desk.add_segment("organ")
        self.box()
        mask, index = (
            self.work.bench.session.preview.mask_yx,
            self.work.bench.session.preview.prompt.index,
        )
        self.pressed("MedSAMApply")
        np.testing.assert_array_equal(self.desk.mask(segment)[index], mask & (values[index] >= 155))
        settings.SetSourceVolumeIntensityMask(False)
        area_kji = np.zeros(values.shape, bool)
        area_kji[:, : values.shape[1] // 2] = True
        area = self.desk.add_segment("area", area_kji)
        inside = self.desk.add_segment("inside")
        settings.SetOverwriteMode(settings.OverwriteNone)
        settings.SetMaskSegmentID(area)
        settings.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedInsideSingleSegment)
        self.box()
        mask = self.work.bench.session.preview.mask_yx
        self.pressed("MedSAMApply")
        np.testing.assert_array_equal(self.desk.mask(inside)[index], mask & area_kji[index])
        settings.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedEverywhere)
        settings.SetOverwriteMode(settings.OverwriteAllSegments)
