"""The one user's work: the open volume, the session on it, what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from slicer import vtkMRMLScene

from medsam_core.errors import VolumeError
from medsam_core.interaction.marking import Marking
from medsam_core.interaction.resuming import resume
from medsam_core.interaction.showing import Showing
from medsam_core.jobs.jobs import Jobs
from medsam_core.mrml.saved_segments import AddedSegments, add_saved
from medsam_core.saved_segmentation import SavedSegmentation
from medsam_core.segment_colours import RGB
from medsam_core.session.session import Session
from medsam_core.volume import Volume
from medsam_core.voxel_patch import VoxelPatch
from medsam_viewer.open_volume import OpenVolume
from medsam_viewer.slice_pane import SlicePane
from medsam_viewer.through_slices import ThroughSlices
from medsam_viewer.unsaved_segments import UnsavedSegments
from medsam_viewer.views import Views

if TYPE_CHECKING:
    from medsam_core.inference.model import Model


class Workplace:
    """Opens volumes and draws what the session says of them.

    Args:
        scene: holds the nodes.
        views: show them.
        jobs: work for the session.
        changed: called when the panel is to be written anew.

    Attributes:
        opened: the volume at work; None before one is open.
        session: on that volume; None before.
        marking: boxes and clicks.
        showing: what the session has to show.
        is_marking: whether the tool is on.
        through: the slices that the marked box reaches through, for a propagation within it.
        unsaved: segments of the open volume that are in no file.
    """

    def __init__(self, scene: vtkMRMLScene, views: Views, jobs: Jobs, changed: Callable[[], None]) -> None:
        self._scene, self._views, self._jobs, self._changed = scene, views, jobs, changed
        self.opened: OpenVolume | None = None
        self.session: Session | None = None
        self._model: Model | None = None
        self.is_marking = False
        self.through = ThroughSlices()
        self.unsaved = UnsavedSegments()
        self.showing = Showing(lambda: self.session)
        self.marking = Marking(lambda: self.session, self.ensure_segment, self.draw)
        for pane in views.panes.values():
            pane.moved, pane.changed = self._moved, self._drawn

    def open(self, volume: Volume) -> None:
        """Work on another volume; the one before leaves the scene with its segments."""
        opened = OpenVolume.open(self._scene, volume)
        if self.session is None:
            self.session = Session(self._jobs, opened.writer)
            self.session.set_model(self._model)
        self.session.select(None)
        self.session.set_volume(volume, writer=opened.writer)
        before, self.opened, self.unsaved = self.opened, opened, UnsavedSegments()
        self._views.show(opened)
        if before is not None:
            before.close()
        self._changed()

    def add_saved(self, saved: SavedSegmentation, name: str) -> AddedSegments:
        """Add a file's segments to those of the open volume, and select the first of them.

        Raises:
            MedSAMError: no volume is open, or see `add_saved`; nothing has changed then.
        """
        if self.opened is None or self.session is None:
            raise VolumeError(name, "is a segmentation, and no volume is open", "open its image first")
        was_safe = not self.unsaved.ids(self.opened)
        added = add_saved(self.opened.writer, saved, name)
        if was_safe:
            self.unsaved.now_safe(self.opened)
        for segment_id in added.ids:
            resume(self.session, self.opened.writer, segment_id)
        self.session.select(added.ids[0])
        self._bring_in_sight(self.opened.writer.read(added.ids[0]))
        self.show_surfaces()
        self.draw()
        return added

    def unsaved_names(self) -> list[str]:
        """Of the segments that are in no file as they are."""
        ids = [] if self.opened is None else self.unsaved.ids(self.opened)
        return [one.name for one in self.opened.writer.segments() if one.segment_id in ids] if ids else []

    def use_model(self, model: Model) -> None:
        """Answer with another model from now on."""
        self._model = model
        if self.session is not None:
            self.session.set_model(model)

    def ensure_segment(self) -> None:
        """Select a segment, a new one if there is none: a box may be the first thing a user draws."""
        if self.opened is None or self.session is None:
            return
        ids = [one.segment_id for one in self.opened.writer.segments()]
        if self.session.selected not in ids:
            self.session.select(ids[0] if ids else self.opened.writer.add_segment("Segment 1"))
            self._changed()

    def settle_selection(self) -> None:
        """After undo: nothing that is gone stays selected."""
        if self.opened is None or self.session is None:
            return
        ids = [one.segment_id for one in self.opened.writer.segments()]
        if self.session.selected is not None and self.session.selected not in ids:
            self.session.select(ids[-1] if ids else None)

    def colour(self, segment_id: str | None) -> RGB:
        """Of a segment."""
        infos = () if self.opened is None else self.opened.writer.segments()
        return next((one.colour for one in infos if one.segment_id == segment_id), (1.0, 1.0, 1.0))

    def show_surfaces(self) -> None:
        """Have the segments' surfaces made for the view in three dimensions."""
        if self.opened is not None:
            self.opened.segmentation.CreateClosedSurfaceRepresentation()
            self._views.render()

    def draw(self) -> None:
        """Draw prompts and previews in all slice views."""
        for pane in self._views.panes.values():
            self._drawn(pane)

    def _bring_in_sight(self, patch: VoxelPatch) -> None:
        """Show its largest slice, and the others through the middle of that."""
        if not patch.voxels:
            return
        k = int(np.count_nonzero(patch.mask_kji, axis=(1, 2)).argmax())
        j, i = np.argwhere(patch.mask_kji[k]).mean(axis=0)
        k0, j0, i0 = patch.start_kji
        for pane in self._views.panes.values():
            pane.look_at((i + i0, j + j0, k + k0))

    def _drawn(self, pane: SlicePane) -> None:
        box, clicks = self.marking.box_on(pane), self.marking.clicks_on(pane)
        shown = self.showing.masks_on(pane.place)
        masks = [(one.mask_yx, self.colour(one.segment_id)) for one in shown]
        pane.draw(masks, box, clicks, self.showing.number_on(pane.place))

    def _moved(self, pane: SlicePane, direction: int) -> None:
        if self.is_marking and self.session is not None and pane.place is not None:
            self.session.look_at(pane.place.index, pane.place.grid, direction)
        self._changed()
