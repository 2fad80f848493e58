"""The panel: its parts, brought up to date together."""

from __future__ import annotations

from typing import Any

from MedSAMSlicerLib.dependencies import Dependencies
from MedSAMSlicerLib.model_rows import is_checkpoint
from MedSAMSlicerLib.panel.batch_part import BatchPart
from MedSAMSlicerLib.panel.desk import Desk
from MedSAMSlicerLib.panel.file_drop import FileDrop
from MedSAMSlicerLib.panel.image_part import ImagePart
from MedSAMSlicerLib.panel.model_part import ModelPart
from MedSAMSlicerLib.panel.parameters import PanelParameters
from MedSAMSlicerLib.panel.progress_part import ProgressPart
from MedSAMSlicerLib.panel.replay_part import ReplayPart
from MedSAMSlicerLib.panel.report_part import ReportPart
from MedSAMSlicerLib.panel.segment_part import SegmentPart
from MedSAMSlicerLib.panel.status_part import StatusPart
from MedSAMSlicerLib.panel_work import PanelWork
from MedSAMSlicerLib.workshop import Workshop

_SECTIONS = ("modelSection", "imageSection", "segmentSection", "replaySection", "batchSection")


class ModulePanel:
    """Everything between the module's widget and the engine.

    Args:
        widget: the loaded .ui file.
        ui: its widgets by name.
        workshop: of the application.
        needs: the packages.
        logic: the module's.
        notes: sentences about the installation.
    """

    def __init__(
        self,
        widget: Any,
        ui: Any,
        workshop: Workshop,
        needs: Dependencies,
        logic: Any,
        notes: tuple[str, ...] = (),
    ) -> None:
        self._widget = widget
        self.work = PanelWork(workshop, self.show_work)
        self.desk = Desk(ui, workshop, needs, self.work, logic, self.show)
        self._parameters_tag: Any = None
        self._parts: tuple[Any, ...] = ()
        self._was_free = False
        self.progress = ProgressPart(self.desk)
        self.model, self.image = ModelPart(self.desk), ImagePart(self.desk)
        self.segment, self.report = SegmentPart(self.desk), ReportPart(self.desk, notes)
        self.batch = BatchPart(self.desk, self.segment)
        self.status, self.replay = StatusPart(self.desk), ReplayPart(self.desk)
        self._parts = (
            self.status,
            self.model,
            self.image,
            self.segment,
            self.progress,
            self.replay,
            self.batch,
            self.report,
        )
        self._drop = FileDrop(widget, is_checkpoint, self.model.use_file)
        self._stop_observing = workshop.observe(self.show)
        self.show()
        if notes:
            self.work.warn(" ".join(notes))

    def show(self) -> None:
        """Show what is."""
        is_ready = not self.desk.needs.missing
        for name in _SECTIONS:
            getattr(self.desk.ui, name).enabled = is_ready
        for part in self._parts:
            part.show()

    def show_work(self) -> None:
        """Show how far the work is: many times a second, so no more than that."""
        self.progress.show()
        if self.desk.is_free != self._was_free:
            self._was_free = self.desk.is_free
            for part in (self.segment, self.replay, self.batch):
                part.enable()
            self.report.show()

    def use_parameters(self, parameters: PanelParameters | None) -> None:
        """Show and keep the choices of a scene; None while there is none."""
        if self.desk.parameters is not None:
            self.desk.parameters.disconnectGui(self._parameters_tag)
        self.desk.parameters = parameters
        if parameters is not None:
            self._parameters_tag = parameters.connectGui(self.desk.ui)
            self.model.take()
            self.image.take()
        self.show()

    def enter(self) -> None:
        """The panel is on screen."""
        self.image.open()
        self.show()

    def exit(self) -> None:
        """Another module is on screen. What is being done goes on."""
        self.image.shut()

    def scene_closes(self) -> None:
        """Everything in the scene goes."""
        self.work.drop()
        self.image.shut()
        self.use_parameters(None)

    def close(self) -> None:
        """The panel is gone; its widgets may live on for a while."""
        self._stop_observing()
        self._widget.setMRMLScene(None)
        if self.desk.parameters is not None:
            self.use_parameters(None)
        self.image.close()
        self.batch.close()
        self.work.close()
