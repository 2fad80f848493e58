"""The picture of what the network sees."""

from __future__ import annotations

import numpy as np
import slicer
from hand import wait_until
from installed import needs_packages
from panel_walk import PanelWalk


class ImageTest(PanelWalk):
    """The picture of what the network sees."""

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
