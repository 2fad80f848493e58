"""The panel as it opens."""

from __future__ import annotations

from panel_walk import PanelWalk


class OpeningTest(PanelWalk):
    """The panel as it opens."""

    def test_the_panel_opens_on_one_screen_and_loads_no_torch(self) -> None:
        self.assertTrue(self.ui.statusLabel.text)
        self.assertFalse(self.ui.modelSection.collapsed)
        self.assertTrue(self.ui.batchSection.collapsed)
        self.assertEqual(self.ui.modelSelector.itemData(0), "demo")
