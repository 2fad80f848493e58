"""The same on several volumes."""

from __future__ import annotations

import shutil

import qt
import slicer
from installed import needs_packages
from panel_walk import CASE, PanelWalk


class BatchTest(PanelWalk):
    """The same on several volumes."""

    @needs_packages
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
