"""Doing again what a journal says."""

from __future__ import annotations

import numpy as np
from installed import needs_packages
from panel_walk import PanelWalk


class ReplayTest(PanelWalk):
    """Doing again what a journal says."""

    @needs_packages
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
