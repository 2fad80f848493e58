"""Other checkpoints."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path
from unittest import mock

import qt
import slicer
from hand import wait_until
from installed import HAS_TORCH, needs_packages, needs_torch
from panel_walk import HOME, PanelWalk


class ModelTest(PanelWalk):
    """Other checkpoints."""

    @needs_packages
    def test_a_model_that_is_not_here_shows_what_a_download_brings_and_the_last_one_stays(
        self,
    ) -> None:
        from medsam_core.checkpoints import CATALOG, fetched_path

        row = CATALOG["vit_b"]
        if fetched_path(row).is_file():
            self.skipTest("it is here")
        self.panel.model.choose("vit_b")
        self.assertTrue(self.ui.fetchButton.visible)
        self.assertEqual(self.ui.fetchButton.text, "Download (375 MB)")
        for part in ("Apache-2.0", row.sha256, "demo stays in use"):
            self.assertIn(part, self.ui.modelWords.text)
        self.assertEqual(self.workshop.choice.name_or_path, "demo")
        self.panel.model.choose("demo")
        self.assertFalse(self.ui.fetchButton.visible)

    @needs_packages
    def test_a_download_is_checked_and_then_in_use(self) -> None:
        from medsam_core.checkpoints import CATALOG

        published = HOME / "Resources" / "Models" / "demo.safetensors"
        checksum = hashlib.sha256(published.read_bytes()).hexdigest()
        row = replace(CATALOG["mobile_sam"], url=published.as_uri(), sha256=checksum, bytes=None)
        folder = {"MEDSAM_MODELS": str(self.folder)}
        with mock.patch.dict(CATALOG, mobile_sam=row), mock.patch.dict(os.environ, folder):
            self.panel.model.choose("mobile_sam")
            self.ui.fetchButton.click()
            self.rest()
            self.assertEqual(
                self.ui.messageLabel.text, "mobile_sam was downloaded, and its checksum is right."
            )
            wait_until(lambda: self.workshop.model is not None)
            self.assertEqual(self.workshop.choice.name_or_path, "mobile_sam")
            self.assertFalse(self.ui.fetchButton.visible)
        self.panel.model.choose("demo")

    @needs_packages
    def test_a_checkpoint_dropped_on_the_panel_is_in_use(self) -> None:
        path = self.folder / "best.safetensors"
        shutil.copy(HOME / "Resources" / "Models" / "demo.safetensors", path)
        _drop(self.ui.statusFrame.parent(), path)
        wait_until(lambda: self.workshop.model is not None)
        self.assertEqual(self.ui.modelSelector.currentText, "best.safetensors")
        self.assertEqual(self.panel.desk.parameters.model, "best.safetensors")
        self.assertIn("Demo network" if HAS_TORCH else "stub", self.ui.modelWords.text)

    @needs_torch
    def test_a_file_that_is_no_checkpoint_is_refused_with_a_sentence_and_the_next_one_works(self) -> None:
        path = self.folder / "bad.pth"
        path.write_bytes(b"nothing of the kind")
        self.panel.model.use_file(str(path))
        wait_until(lambda: self.ui.statusButton.visible)
        self.assertIn("is not a checkpoint that we know", self.ui.statusLabel.text)
        self.panel.model.choose("demo")
        wait_until(lambda: self.workshop.model is not None)
        self.assertFalse(self.ui.statusButton.visible)


def _drop(widget, path: Path) -> None:
    """Let a file go above a widget."""
    data = qt.QMimeData()
    data.setUrls([qt.QUrl.fromLocalFile(str(path))])
    args = (qt.QPoint(5, 5), qt.Qt.CopyAction, data, qt.Qt.LeftButton, qt.Qt.NoModifier)
    slicer.app.sendEvent(widget, qt.QDragEnterEvent(*args))
    slicer.app.sendEvent(widget, qt.QDropEvent(qt.QPointF(5, 5), *args[1:]))
