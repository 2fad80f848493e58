"""Which image, and how its values are shown to the network: with a live picture of it."""

from __future__ import annotations

import qt
import slicer
import vtk

from medsam_core.errors import MedSAMError
from medsam_core.intensity_presets import PRESETS
from medsam_core.mrml.slice_view_grid import grid_of_view
from MedSAMSlicerLib.background_run import BackgroundRun
from MedSAMSlicerLib.node_watch import NodeWatch
from MedSAMSlicerLib.panel.desk import Desk
from MedSAMSlicerLib.qt_timer import pause_timer
from MedSAMSlicerLib.slice_picture import PictureMaker, SlicePicture

_TITLES = {
    "auto": "Automatic",
    "ct-soft": "CT soft tissue",
    "ct-lung": "CT lung",
    "ct-brain": "CT brain",
    "ct-bone": "CT bone",
    "mr": "MR",
    "none": "As it is",
}
_WIDTH = 112
_PAUSE_MS = 80


class ImagePart:
    """Volume, intensity preset and picture.

    The picture follows the slice view that was moved last, while the panel is open.

    Attributes:
        shown: the picture; None if there is none.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.shown: SlicePicture | None = None
        self._make = PictureMaker()
        self._run = BackgroundRun(desk.workshop.pump)
        self._watch = NodeWatch()
        self._pause = pause_timer(self._ask, _PAUSE_MS)
        self._view_id = "vtkMRMLSliceNodeRed"
        self._moved_views: set[str] = set()
        self._is_closed = False
        selector = desk.ui.intensitySelector
        for preset in PRESETS:
            selector.addItem(_TITLES.get(preset, preset), preset)
        selector.connect("activated(int)", lambda *_: self.use(self._chosen()))
        selector.lineEdit().connect("editingFinished()", lambda *_: self.use(self._chosen()))
        desk.ui.volumeSelector.connect("currentNodeChanged(vtkMRMLNode*)", lambda *_: self.volume_changed())

    def show(self) -> None:
        """Show what is."""
        selector, preset = self._desk.ui.intensitySelector, self._desk.workshop.intensity
        if self._chosen() == preset or selector.lineEdit().hasFocus():
            return
        was_blocked = selector.blockSignals(True)
        selector.setCurrentText(_TITLES.get(preset, preset))
        selector.blockSignals(was_blocked)
        self.refresh()

    def use(self, preset: str) -> None:
        """Use an intensity preset: a name, or "LOW,HIGH"."""
        desk = self._desk
        if desk.work.guarded("intensity", lambda: desk.workshop.use_intensity(preset)):
            if desk.parameters is not None:
                desk.parameters.intensity = preset
            self.refresh()

    def take(self) -> None:
        """Use what the scene says."""
        preset = self._desk.parameters.intensity if self._desk.parameters is not None else ""
        if preset:
            self.use(preset)

    def open(self) -> None:
        """The panel is on screen: follow the slice views and the volume."""
        self._watch.clear()
        for view in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
            self._watch.on(view, vtk.vtkCommand.ModifiedEvent, lambda view=view: self._moved(view))
        volume = self._desk.ui.volumeSelector.currentNode()
        self._watch.on(volume, slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent, self.refresh)
        self.refresh()

    def shut(self) -> None:
        """The panel is not on screen any more."""
        self._watch.clear()
        self._pause.stop()

    def close(self) -> None:
        """The panel is gone; its widgets may live on for a while."""
        self._is_closed = True
        self.shut()
        self._run.close()

    def volume_changed(self) -> None:
        """Another volume was chosen."""
        if not self._is_closed:
            self._desk.work.tell("")
            self.open()

    def refresh(self) -> None:
        """Make the picture anew, soon."""
        if not self._is_closed:
            self._pause.start()

    def _chosen(self) -> str:
        selector = self._desk.ui.intensitySelector
        place = selector.findText(selector.currentText)
        return str(selector.itemData(place)) if place >= 0 else selector.currentText.replace(" ", "")

    def _moved(self, view: slicer.vtkMRMLSliceNode) -> None:
        self._moved_views.add(view.GetID())
        self.refresh()

    def _ask(self) -> None:
        ui, workshop = self._desk.ui, self._desk.workshop
        if len(self._moved_views) == 1:  # all of them move when a volume is shown: that is nobody's hand
            (self._view_id,) = self._moved_views
        self._moved_views.clear()
        node = ui.volumeSelector.currentNode()
        view = slicer.mrmlScene.GetNodeByID(self._view_id)
        if node is None or view is None or self._desk.needs.missing or ui.imageSection.collapsed:
            self._clear("")
            return
        try:
            volume = self._desk.logic.volume(node)
            grid, index = grid_of_view(view, volume)
        except MedSAMError as error:
            self._clear(str(error))
            return
        preset = workshop.intensity
        self._run.start("picture", lambda *_: self._make(volume, preset, grid, index), self._show_picture)

    def _show_picture(self, answer: object) -> None:
        ui = self._desk.ui
        if not isinstance(answer, SlicePicture):
            self._clear(str(answer))
            return
        self.shown = answer
        pixmap = qt.QPixmap()
        pixmap.loadFromData(qt.QByteArray(answer.ppm), "PPM")
        height, width = answer.rgb_yx.shape[:2]
        shown = round(min(_WIDTH * height * answer.aspect / width, _WIDTH))
        size = qt.QSize(round(shown * width / (height * answer.aspect)), shown)
        ui.picture.setPixmap(pixmap.scaled(size, qt.Qt.IgnoreAspectRatio, qt.Qt.SmoothTransformation))
        ui.pictureWords.text = answer.words
        ui.picture.visible = True

    def _clear(self, words: str) -> None:
        self.shown = None
        self._desk.ui.picture.visible = False
        self._desk.ui.pictureWords.text = words
