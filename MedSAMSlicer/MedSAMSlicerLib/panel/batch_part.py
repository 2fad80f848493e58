"""The same on several volumes: those of the scene, or those of a folder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.errors import CasesError
from MedSAMSlicerLib.background_run import IsCancelled, Progress
from MedSAMSlicerLib.folder_cases import folder_cases, is_list, write_common_prompts
from MedSAMSlicerLib.panel.combo import value_of
from MedSAMSlicerLib.panel.desk import Desk
from MedSAMSlicerLib.panel.segment_part import SegmentPart
from MedSAMSlicerLib.scene_batch import SceneBatch

if TYPE_CHECKING:
    from medsam_core.batch import BatchSummary
    from medsam_core.inference.model import Model


class BatchPart:
    """Lists and buttons.

    Args:
        desk: of the panel.
        segment: knows what is marked.
    """

    def __init__(self, desk: Desk, segment: SegmentPart) -> None:
        self._desk = desk
        self._batch = SceneBatch(desk.work, segment.plan)
        self._prompts = tempfile.TemporaryDirectory(prefix="medsam-")
        ui = desk.ui
        ui.batchSceneButton.connect("clicked()", self.run_scene)
        ui.batchFolderButton.connect("clicked()", self.run_folder)
        ui.batchVolumes.connect("checkedNodesChanged()", self.enable)
        for path in (ui.batchSource, ui.batchOutput):
            path.connect("currentPathChanged(QString)", lambda *_: self.enable())

    def show(self) -> None:
        """Show what is."""
        self.enable()

    def enable(self) -> None:
        """Let buttons be pressed as far as it makes sense."""
        ui, can_start = self._desk.ui, self._desk.is_free
        ui.batchSceneButton.enabled = can_start and bool(ui.batchVolumes.checkedNodes())
        has_paths = bool(ui.batchSource.currentPath) and bool(ui.batchOutput.currentPath)
        ui.batchFolderButton.enabled = can_start and has_paths

    def run_scene(self) -> None:
        """Segment the volumes that are ticked."""
        self._batch.start(self._desk.ui.batchVolumes.checkedNodes())

    def run_folder(self) -> None:
        """Segment the images of the folder, or of the list."""
        self._desk.work.guarded("the batch", self._start_folder)

    def close(self) -> None:
        """The panel is gone."""
        self._prompts.cleanup()

    def _start_folder(self) -> None:
        ui, workshop = self._desk.ui, self._desk.workshop
        source, output = Path(ui.batchSource.currentPath), Path(ui.batchOutput.currentPath)
        cases = str(source) if is_list(source) else folder_cases(source, self._common_prompts())
        intensity, propagation = workshop.intensity, value_of(ui.propagationSelector)
        overviews = bool(ui.overviewsCheckBox.checked)

        def work(model: Model, progress: Progress, is_cancelled: IsCancelled) -> object:
            from medsam_core.batch import run_batch

            return run_batch(
                cases,
                output,
                model,
                propagation=propagation,
                intensity=intensity,
                overviews=overviews,
                resume=True,
                progress=progress,
                cancel=is_cancelled,
            )

        self._desk.work.start_with_model("Batch", work, self._tell)

    def _common_prompts(self) -> Path | None:
        """The chosen ROI, for images that have no prompts of their own."""
        roi = self._desk.ui.roiSelector.currentNode()
        if roi is None:
            return None
        bounds = [0.0] * 6
        roi.GetRASBounds(bounds)
        if bounds[0] >= bounds[1]:
            raise CasesError(f"ROI '{roi.GetName()}'", "has no size", "place it in a slice view")
        path = Path(self._prompts.name) / "roi.json"
        low, high = (bounds[0], bounds[2], bounds[4]), (bounds[1], bounds[3], bounds[5])
        write_common_prompts(path, roi.GetName(), (low, high))
        return path

    def _tell(self, summary: BatchSummary) -> None:
        done, failed = summary.count("done") + summary.count("skipped"), summary.failed
        table = summary.folder / "summary.csv"
        told = f"{done} of {len(summary.rows)} images are segmented; the table is {table}."
        if failed:
            reasons = " / ".join(f"{row.id}: {row.reason}" for row in failed[:3])
            self._desk.work.warn(f"{told} {len(failed)} failed: {reasons}")
        else:
            self._desk.work.tell(told)
