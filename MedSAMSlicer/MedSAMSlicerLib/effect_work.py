"""One MedSAM effect at work: what it shows in the slice views, and what it takes in from around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from medsam_core.interaction.deeds import Deeds
from medsam_core.interaction.marking import Marking
from medsam_core.interaction.showing import Showing
from medsam_core.mrml.step_history import StepHistory
from medsam_core.session.events import Event, Failure, PreviewChanged, RunChanged, Written
from MedSAMSlicerLib.bench import Bench
from MedSAMSlicerLib.job_pump import Timer
from MedSAMSlicerLib.late_drawing import LateDrawing
from MedSAMSlicerLib.node_watch import NodeWatch
from MedSAMSlicerLib.slice_pane import SlicePane
from MedSAMSlicerLib.status_line import StatusLine
from MedSAMSlicerLib.workshop import Workshop

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentEditorNode

MakeHistory = Callable[[], StepHistory]


class EffectWork:
    """One for each effect of each Segment Editor; without Qt.

    While the effect is off the session stays: a propagation goes on, and is there when it is on again.

    Args:
        workshop: of the application.
        panes: the slice views on show.
        changed: called when something else is to be said in the options.
        make_pause: makes a timer that calls a slot once, some tenths of a second after its last start.

    Attributes:
        bench: session and segments.
        panes: the slice views on show.
        changed: see above.
        marking, showing: of the session.
        status: the last thing that happened.
        is_active: whether the effect is on.
    """

    def __init__(
        self,
        workshop: Workshop,
        panes: Callable[[], Sequence[SlicePane]],
        changed: Callable[[], None],
        make_pause: Callable[[Callable[[], None]], Timer],
    ) -> None:
        self.bench, self.panes, self.changed = Bench(workshop), panes, changed
        self.status = StatusLine()
        self.is_active = False
        self.showing = Showing(lambda: self.bench.session)
        self.marking = Marking(lambda: self.bench.session, self.bench.ensure_segment, self.draw_marks)
        self._late = LateDrawing(lambda pane: self.draw([pane]), self.changed)
        self._workshop = workshop
        self._source: tuple[vtkMRMLSegmentEditorNode, MakeHistory] | None = None
        self._hovered: SlicePane | None = None
        self._watch, self._scene_watch = NodeWatch(), NodeWatch()
        self._pause, self._soon = make_pause(self.refresh), make_pause(self._show_segments)
        self._end_observing: Callable[[], None] = lambda: None
        workshop.pump.follow(self)

    # On and off

    def begin(self, editor: vtkMRMLSegmentEditorNode, make_history: MakeHistory) -> None:
        """The effect was switched on.

        Args:
            editor: settings of its Segment Editor; its segmentation and volume are worked on.
            make_history: see `Bench.open`.
        """
        self.end()
        self.is_active, self._source = True, (editor, make_history)
        self.status.tell("")
        self._end_observing = self._workshop.observe(self._workshop_changed)
        self.refresh()
        self._workshop.need_model()
        self._workshop_changed()

    def end(self) -> None:
        """The effect was switched off: nothing of it is shown."""
        self._end_observing()
        self._watch.clear()
        self._pause.stop()
        self._soon.stop()
        self._late.forget()
        self.is_active, self._hovered = False, None
        self.draw()

    def close(self) -> None:
        """The Segment Editor ends, or the scene does: nothing is kept."""
        self.end()
        self._scene_watch.clear()
        self._source = None
        self.bench.close()

    # What changes around it

    def refresh(self) -> None:
        """Take in what is selected now, and the content of the volume as it is now."""
        if not self.is_active or self._source is None:
            return
        if not self._workshop.needs.missing:
            with self.status.edge():
                self.bench.open(*self._source)
        self._watch_nodes(self._source[0])
        self.views_changed()
        self.changed()

    def views_changed(self) -> None:
        """There are other slice views."""
        self._hovered = None
        for pane in reversed(self.panes()):  # of several slices the model reads the last: the first view's
            self.moved(pane)

    def moved(self, pane: SlicePane) -> None:
        """A view was scrolled, zoomed, panned or resized."""
        if not self.is_active:
            return
        was_blind = pane.place is None
        direction = pane.look(self.bench.volume)
        if direction is not None and self._hovered in (None, pane):
            self._read(pane, direction)
        self.draw([pane])
        if direction is not None or was_blind != (pane.place is None):
            self.changed()

    def hover(self, pane: SlicePane) -> None:
        """The pointer is over a view: the model may begin to read its slice."""
        if pane is not self._hovered:
            self._hovered = pane
            self._read(pane, 0)

    def left(self) -> None:
        """The pointer is over no view."""
        self._hovered = None

    # Answers

    @property
    def deeds(self) -> Deeds:
        """What Enter and undo do.

        Raises:
            PromptError: there is no volume.
        """
        return Deeds(self.bench.required_session, self.showing)

    @property
    def is_busy(self) -> bool:
        """See `job_pump.Source`."""
        return self.bench.is_busy or self.bench.is_reading or self._late.is_waiting

    def take(self) -> None:
        """See `job_pump.Source`."""
        self._read_volume()
        events = [] if self.bench.session is None else self.bench.session.pump()
        for event in events:
            self._tell(event)
        if not self.is_active:
            return
        if any(isinstance(event, PreviewChanged) for event in events):
            self.draw_marks()  # the user's hand waits for it
        if any(isinstance(event, Written | RunChanged) for event in events):
            self._late.ask(self._nearest_first())
        elif events:
            self.changed()
        self._late.serve()

    def draw(self, panes: Sequence[SlicePane] | None = None) -> None:
        """Draw prompts, previews and what propagations found."""
        for pane in self.panes() if panes is None else panes:
            if not self.is_active:
                pane.clear()
                continue
            shown = self.showing.masks_on(pane.place)
            masks = [(one.mask_yx, self.bench.colour(one.segment_id)) for one in shown]
            box, clicks = self.marking.box_on(pane), self.marking.clicks_on(pane)
            pane.draw(masks, box, clicks, self.showing.number_on(pane.place))

    def draw_marks(self) -> None:
        """Draw where a prompt or its mask is or was."""
        marking = self.marking
        is_marked = lambda pane: pane.has_marks or marking.box_on(pane) or marking.clicks_on(pane)  # noqa: E731
        self.draw([pane for pane in self.panes() if is_marked(pane)])

    def _read_volume(self) -> None:
        """A large volume is read while the application goes on."""
        if not self.bench.is_reading:
            return
        with self.status.edge():
            if self.bench.read_on():
                self.refresh()

    def _nearest_first(self) -> list[SlicePane]:
        """The views, that under the pointer before the others."""
        return sorted(self.panes(), key=lambda pane: pane is not self._hovered)

    def _tell(self, event: Event) -> None:
        if isinstance(event, Failure):
            self.status.warn(event.sentence)
        elif isinstance(event, Written):
            changed, seconds = sum(event.record.voxels.values()), event.record.seconds
            self.status.tell(f"Written: {changed:,} voxels changed, in {1000 * seconds:.0f} ms.")

    def _read(self, pane: SlicePane, direction: int) -> None:
        session, place = self.bench.session, pane.place
        if session is not None and place is not None:
            session.look_at(place.index, place.grid, direction)

    def _watch_nodes(self, editor: vtkMRMLSegmentEditorNode) -> None:
        watch, volume, node = self._watch, editor.GetSourceVolumeNode(), editor.GetSegmentationNode()
        watch.clear()
        watch.on(editor, "ModifiedEvent", self._editor_changed)
        if volume is not None:
            # A sequence that plays, or a filter that writes, tells many times a second.
            for event in (volume.ImageDataModifiedEvent, volume.TransformModifiedEvent, "ModifiedEvent"):
                watch.on(volume, event, self._pause.start)
        if node is not None:
            segments = node.GetSegmentation()
            for event in (segments.SegmentModified, segments.SegmentAdded, segments.SegmentRemoved):
                watch.on(segments, event, self._soon.start)
            self._scene_watch.clear()
            self._scene_watch.on(node.GetScene(), node.GetScene().StartCloseEvent, self.close)

    def _editor_changed(self) -> None:
        editor = self._source[0] if self._source else None
        if editor is None:
            return
        writer = self.bench.writer
        if writer is None or editor.GetSourceVolumeNode() is not writer.volume_node:
            self.refresh()
            return
        self.bench.select(editor.GetSelectedSegmentID())
        self.bench.follow_masking()
        self._show_segments()

    def _show_segments(self) -> None:
        self.draw()
        self.changed()

    def _workshop_changed(self) -> None:
        if self.is_active and self.bench.session is None and not self.bench.is_reading:
            self.refresh()  # what was missing was installed, perhaps
        with self.status.edge():
            if self.bench.use_workshop():
                for pane in self.panes():
                    if self._hovered in (None, pane):
                        self._read(pane, 0)
        self.changed()
