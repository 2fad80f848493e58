"""The volume changes under the effect."""

from __future__ import annotations

import numpy as np
import slicer
from effect_walk import EffectWalk
from hand import wait_until
from phantom import Phantom


class VolumeTest(EffectWalk):
    """The volume changes under the effect."""

    def test_another_volume_and_other_content_are_taken_in(self) -> None:
        self.box()
        other = Phantom(name="other", seed=1)
        self.desk.editor.setSourceVolumeNode(other.node)
        self.desk.settle()
        self.assertEqual(self.work.bench.volume.name, "other")
        self.assertIsNone(self.work.bench.session.marked)
        slicer.util.arrayFromVolume(other.node)[:] += 5
        slicer.util.arrayFromVolumeModified(other.node)
        stale = self.work.bench.volume
        wait_until(lambda: self.work.bench.volume is not stale, 5)
        self.box()

    def test_a_transform_moves_the_marks_with_the_volume(self) -> None:
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        matrix = np.eye(4)
        matrix[:3, 3] = 20.0, -10.0, 12.0
        transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
        for node in (self.phantom.node, self.desk.segmentation):
            node.SetAndObserveTransformNodeID(transform.GetID())
        stale = self.work.bench.volume
        wait_until(lambda: self.work.bench.volume is not stale, 5)
        segment = self.desk.add_segment("organ")
        self.show(self.phantom.middle() + matrix[:3, 3])
        self.red.drag(*(corner + matrix[:3, 3] for corner in self.phantom.box()))
        self.desk.settle()
        self.pressed("MedSAMApply")
        found = np.argwhere(self.desk.mask(segment)).mean(axis=0)[::-1]
        expected = (self.phantom.middle() / self.phantom.spacing) + (np.array(self.phantom.size_ijk) - 1) / 2
        np.testing.assert_allclose(found, expected, atol=4)
