"""The session over the volume and the segments that a Segment Editor has selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from medsam_core.errors import PromptError
from medsam_core.interaction.resuming import resume
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.gradual_snapshot import GradualSnapshot
from medsam_core.mrml.step_history import StepHistory
from medsam_core.segment_colours import RGB
from medsam_core.volume import Volume
from MedSAMSlicerLib.pumped_jobs import PumpedJobs
from MedSAMSlicerLib.workshop import Workshop

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLSegmentEditorNode

    from medsam_core.session.session import Session


AT_ONCE_BYTES = 8 << 20
"""Larger volumes are read in steps, and are worked on when they are read: one such takes 2 to 20 ms."""
STEP_SECONDS = 0.008


class Bench:
    """Follows what is selected; one session, with a thread of its own, as long as it is open.

    Args:
        workshop: of the application.

    Attributes:
        workshop: of the application.
        session: None before it was opened.
        writer: of the segments; None before it was opened.
        protect_others: whether no other segment may lose a voxel; for every writer.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.session: Session | None = None
        self.writer: EditorWriter | None = None
        self.protect_others = True
        self._editor: vtkMRMLSegmentEditorNode | None = None
        self._jobs: PumpedJobs | None = None
        self._intensity, self._masking = "", (0, 0, "")
        self._resumed: set[str] = set()
        self._reading: GradualSnapshot | None = None
        self._just_read: Volume | None = None

    def open(self, editor: vtkMRMLSegmentEditorNode, make_history: Callable[[], StepHistory]) -> None:
        """Work on what is selected now; if it is what it was, everything stays.

        A large volume is read first, by `read_on`, and `open` is then to be called again.

        Args:
            editor: settings of a Segment Editor.
            make_history: makes the history of that editor, for a segmentation that it did not have before.

        Raises:
            PromptError: no volume or segmentation is selected.
            MedSAMError: the volume cannot be worked on.
        """
        self._editor = editor
        node, volume_node = editor.GetSegmentationNode(), editor.GetSourceVolumeNode()
        if node is None or volume_node is None:
            self._put_down()
            raise PromptError("volume", "none is chosen", "choose one as source volume")
        volume = self._snapshot(volume_node)
        if volume is None:
            self._put_down()
            return
        before = self.writer
        if before is None or before.node is not node:
            self.writer = EditorWriter(node.GetScene(), node, volume_node, history=make_history())
            self.writer.protect_others = self.protect_others
        elif before.volume_node is not volume_node:
            before.use_volume(volume_node)
        self._masking = _masking_of(editor)
        self._work_on(volume, is_other=self.writer is not before)
        self.select(editor.GetSelectedSegmentID())

    @property
    def is_reading(self) -> bool:
        """Whether a large volume is being read."""
        return self._reading is not None

    def read_on(self) -> bool:
        """Go on reading for some milliseconds; whether the volume has just become whole.

        Raises:
            VolumeError: it cannot be worked on after all.
        """
        reading, self._reading = self._reading, None
        if reading is None or reading.node.GetScene() is None:
            return False
        volume = reading.step(STEP_SECONDS)
        if volume is None:
            self._reading = reading
            return False
        self.workshop.snapshots.keep(reading.node, volume)
        self._just_read = volume  # kept until `open` asks for it
        return True

    def select(self, segment_id: str | None) -> None:
        """Work on another segment; a propagation that came with its journal can be gone on with."""
        if self.session is None or (segment_id or None) == self.session.selected:
            return
        self.session.select(segment_id or None)
        if segment_id and self.writer is not None and segment_id not in self._resumed:
            self._resumed.add(segment_id)
            if self.session.written_run(segment_id) is None:
                resume(self.session, self.writer, segment_id)

    def protect(self, others: bool) -> None:
        """Let no segment but the selected one lose a voxel, or let them."""
        self.protect_others = others
        if self.writer is not None and self.writer.protect_others != others:
            self.writer.protect_others = others
            self._show_anew()

    def follow_masking(self) -> None:
        """Overwriting or the editable area may be another: then so is what may be written."""
        if self._editor is not None and self._masking != _masking_of(self._editor):
            self._masking = _masking_of(self._editor)
            self._show_anew()

    def use_workshop(self) -> bool:
        """Take over the workshop's model and intensity; whether the model is another one.

        Raises:
            IntensityError: the volume cannot be shown so.
        """
        session, shop = self.session, self.workshop
        if session is None:
            return False
        is_other = session.model is not shop.model
        if is_other:
            session.set_model(shop.model)
        if self._intensity != shop.intensity:
            self._intensity = shop.intensity
            session.set_intensity(shop.intensity)
        return is_other

    def close(self) -> None:
        """Keep nothing, and end the thread."""
        if self._jobs is not None:
            self.workshop.end_jobs(self._jobs)
        self.session = self.writer = self._jobs = self._editor = None
        self._reading = self._just_read = None

    @property
    def is_busy(self) -> bool:
        """Whether any work has not ended."""
        return self._jobs is not None and self._jobs.is_busy

    @property
    def volume(self) -> Volume | None:
        """The snapshot that is worked on."""
        return None if self.session is None else self.session.volume

    @property
    def segmentation_node(self) -> vtkMRMLSegmentationNode | None:
        """The segments that are worked on."""
        return None if self.writer is None else self.writer.node

    @property
    def required_session(self) -> Session:
        """The session.

        Raises:
            PromptError: there is no volume.
        """
        if self.session is None or self.session.volume is None:
            raise PromptError("volume", "none is chosen", "choose one as source volume")
        return self.session

    def ensure_segment(self) -> None:
        """Select a segment, a new one if there is none: a box may be the first thing that a user draws."""
        if self.writer is None or self.session is None or self._editor is None:
            return
        ids = [one.segment_id for one in self.writer.segments()]
        if self.session.selected not in ids:
            chosen = ids[0] if ids else self.writer.add_segment("Segment_1")
            self.session.select(chosen)
            self._editor.SetSelectedSegmentID(chosen)

    def colour(self, segment_id: str | None) -> RGB:
        """Of a segment."""
        infos = () if self.writer is None else self.writer.segments()
        return next((one.colour for one in infos if one.segment_id == segment_id), (1.0, 1.0, 1.0))

    def _work_on(self, volume: Volume, *, is_other: bool) -> None:
        assert self.writer is not None  # noqa: S101 - for the type checker; `open` has just set it
        if self.session is None:
            from medsam_core.session.session import Session  # needs what may have to be installed first

            self._jobs = self.workshop.make_jobs()
            self.session = Session(self._jobs, self.writer)
            self.session.set_model(self.workshop.model)
        if is_other or volume is not self.session.volume:
            self._intensity = self.workshop.intensity
            self.session.set_volume(volume, self._intensity, self.writer)
            self._resumed.clear()

    def _snapshot(self, node: vtkMRMLScalarVolumeNode) -> Volume | None:
        """None while it is being read."""
        known, self._reading = self.workshop.snapshots.known(node), None
        self._just_read = None
        image = node.GetImageData()
        if known is not None or image is None or 1024 * image.GetActualMemorySize() <= AT_ONCE_BYTES:
            return known or self.workshop.snapshots.of(node)
        self._reading = GradualSnapshot(node)
        self.workshop.pump.wake()
        return None

    def _show_anew(self) -> None:
        if self.session is not None:
            self.session.select(self.session.selected)

    def _put_down(self) -> None:
        if self.session is not None:
            self.session.select(None)
            self.session.set_volume(None)


def _masking_of(editor: vtkMRMLSegmentEditorNode) -> tuple[int, int, str]:
    return editor.GetOverwriteMode(), editor.GetMaskMode(), editor.GetMaskSegmentID() or ""
