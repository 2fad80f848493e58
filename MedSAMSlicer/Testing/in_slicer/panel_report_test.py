"""Memory, and the text for a bug report."""

from __future__ import annotations

import slicer
from installed import needs_packages
from panel_walk import PanelWalk


class ReportTest(PanelWalk):
    """Memory, and the text for a bug report."""

    @needs_packages
    def test_memory_is_shown_and_cleared(self) -> None:
        self.add_roi()
        self.segment()
        self.assertRegex(self.ui.cacheLabel.text, r"^\d+ slices are remembered \(\d+ MB\)$")
        self.ui.clearCacheButton.click()
        self.assertEqual(self.ui.cacheLabel.text, "0 slices are remembered (0 MB)")

    @needs_packages
    def test_settings_and_timings_go_to_the_clipboard_without_names(self) -> None:
        self.add_roi()
        self.segment()
        self.ui.copyButton.click()
        text = slicer.app.clipboard().text()
        self.assertIn(f"Slicer {slicer.app.applicationVersion}", text)
        self.assertIn("Last segmentation: volume 256 x 256 x 25", text)
        self.assertNotIn("tumour", text)
        self.assertNotIn("T1", text)
