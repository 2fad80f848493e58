"""What the panel says where something is not installed; whatever answers the other tests."""

from __future__ import annotations

import contextlib
import unittest
from collections.abc import Iterator
from types import SimpleNamespace
from unittest import mock

from hand import picture, wait_until
from installed import MISSING, REAL_NEEDS, needs_packages
from panel_walk import HOME, PanelWalk

from MedSAMSlicerLib.dependencies import Dependencies
from MedSAMSlicerLib.required_packages import read_required
from MedSAMSlicerLib.workshop import ModelPhase

LIST = HOME / "Resources" / "requirements.txt"


class PackagesTest(PanelWalk):
    """On the first day."""

    @contextlib.contextmanager
    def needing(self, needs: Dependencies) -> Iterator[None]:
        """Within, this is a Slicer with those packages, and no model is loaded."""
        wait_until(lambda: self.workshop.phase is not ModelPhase.LOADING)
        patch = mock.patch.object
        with (
            patch(self.instance, "_needs", needs),
            patch(self.panel.desk, "needs", needs),
            patch(self.workshop, "needs", needs),
            patch(self.workshop, "_model", None),
        ):
            self.workshop.refresh()
            yield
        self.workshop.refresh()

    @unittest.skipUnless(MISSING, "everything is installed")
    def test_in_a_slicer_that_lacks_something_the_panel_opens_and_says_what_to_do(self) -> None:
        with self.needing(REAL_NEEDS):
            self.assertIn("needed", self.ui.statusLabel.text)
            self.assertIn(MISSING[0].requirement, self.ui.consequencesLabel.text)
            self.assertFalse(self.ui.segmentSection.enabled)
            with self.assertRaisesRegex(Exception, "press Install in the module MedSAM"):
                self.widget.logic.segment(self.volume, None)

    @needs_packages
    def test_without_torch_it_says_what_is_needed_and_one_click_installs_it(self) -> None:
        with self.needing(_without_torch()):
            self.assertEqual(self.ui.statusLabel.text, "PyTorch is needed (about 200 MB).")
            self.assertIn("Slicer does not answer until it is there", self.ui.consequencesLabel.text)
            self.assertTrue(self.ui.statusButton.visible and self.ui.wheelsButton.visible)
            self.assertFalse(self.ui.segmentSection.enabled)
            picture("slicer-no-torch", self.widget.parent)
            self.ui.statusButton.click()
            self.assertEqual(self.ui.messageLabel.text, "Everything that is needed is installed.")
            self.assertTrue(self.ui.segmentSection.enabled)
            self.assertFalse(self.ui.statusButton.visible)


def _without_torch() -> Dependencies:
    """What is missing where everything but PyTorch is installed; its installer only notes that it ran."""
    have = {one.name: one.requirement.partition("=")[2].lstrip("=") for one in read_required(LIST)}
    extension = SimpleNamespace(is_there=True, install=lambda versions: have.update(torch="2.9"))
    return Dependencies(read_required(LIST), installer=None, torch_installer=extension, installed=have.get)
