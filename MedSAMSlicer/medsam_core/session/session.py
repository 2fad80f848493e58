"""The use cases of every face: look, prompt, accept, propagate, correct, undo."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import MedSAMError, PromptError
from medsam_core.intensity import IntensityWindow, check_preset
from medsam_core.jobs.jobs import Jobs
from medsam_core.jobs.response import Failed
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompt_journal import PromptJournal
from medsam_core.prompts import SegmentPrompt
from medsam_core.session.carried_prompts import prompts_to_carry
from medsam_core.session.committing import CommitMode, Committing
from medsam_core.session.correcting import Correcting
from medsam_core.session.desk import Desk
from medsam_core.session.events import Event, Failure, Written
from medsam_core.session.ledger import Ledger
from medsam_core.session.live_prompt import LivePrompt
from medsam_core.session.looking import Looking
from medsam_core.session.preview import Preview
from medsam_core.session.previewing import Previewing
from medsam_core.session.propagating import Propagating
from medsam_core.session.replaying import Replaying
from medsam_core.session.run_state import Run
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.segment_writer import SegmentWriter, WriteRecord
from medsam_core.session.setting import Setting
from medsam_core.session.writing import Writing
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from medsam_core.inference.model import Model

BoxXYXY = Iterable[float]
Clicks = Iterable[tuple[Iterable[float], bool]]


class Session:
    """One user at work on one volume with one model.

    All methods belong to the face's thread and return at once: what takes time is asked of `jobs`, and
    `pump` takes in what was answered. The face calls `pump` when it is woken, and shows the events.

    Args:
        jobs: a `Worker` (or `Inline`) over a `SessionHandler`.
        writer: the face's segments.
    """

    def __init__(self, jobs: Jobs, writer: SegmentWriter) -> None:
        self._jobs = jobs
        self._desk = Desk(jobs)
        self._events: list[Event] = []
        self._setting = Setting()
        self._ledger = Ledger(writer)
        tell = self._events.append
        self._looking = Looking(self._desk, self._setting, tell)
        self._previewing = Previewing(self._desk, self._setting, self._ledger, tell)
        self._propagating = Propagating(self._desk, tell)
        self._writing = Writing(self._desk, self._ledger, tell)
        self._committing = Committing(self._propagating, self._writing, self._ledger)
        self._replaying = Replaying(self._desk, self._setting, self._ledger, tell)
        self._correcting = Correcting(self._propagating, self._writing, self._ledger, tell)
        self.selected: str | None = None

    # What is in front of the user

    @property
    def volume(self) -> Volume | None:
        """The volume at work."""
        return self._setting.volume

    @property
    def model(self) -> Model | None:
        """The model at work."""
        return self._setting.model

    @property
    def grid(self) -> SliceGrid | None:
        """How the slices on screen lie; the volume's own until `look_at` says otherwise."""
        return self._setting.grid

    @property
    def index(self) -> int:
        """The slice on screen."""
        return self._setting.index

    @property
    def window(self) -> IntensityWindow | None:
        """How the volume's values are shown to the model; None until the worker has looked at them."""
        return self._setting.window

    def set_model(self, model: Model | None) -> None:
        """Use another model. What is marked is asked again; runs under way end and keep what is done."""
        self._setting.model = model
        self._ask_again()

    def set_volume(
        self,
        volume: Volume | None,
        intensity: str | IntensityWindow = "auto",
        writer: SegmentWriter | None = None,
    ) -> None:
        """Work on another volume, or on the same one with other content. Nothing of the old one remains.

        Args:
            volume: a snapshot: its voxels must not change afterwards.
            intensity: a preset's name, "LOW,HIGH" or a window.
            writer: of the segments that belong to it, if they are others.

        Raises:
            IntensityError: there is no such preset.
        """
        if isinstance(intensity, str):
            check_preset(intensity)
        self._desk.withdraw()
        # Of the old volume nothing is left to show, but what was written or failed did so.
        self._events[:] = [event for event in self._events if isinstance(event, Written | Failure)]
        self._previewing.drop()
        self._correcting.drop()
        self._propagating.discard_all()
        self._ledger.forget(writer)
        self._setting.show(volume, intensity)
        self._looking.start_anew()

    def set_intensity(self, intensity: str | IntensityWindow) -> None:
        """Show the volume's values to the model in another way; as for `set_model` otherwise.

        Raises:
            IntensityError: there is no such preset.
        """
        if isinstance(intensity, str):
            check_preset(intensity)
        self._setting.intensity = intensity
        self._ask_again()

    def look_at(self, index: int, grid: SliceGrid | None = None, direction: int = 0) -> None:
        """A slice is on screen: have it read by the model, and then those that will come next.

        Args:
            index: the slice.
            grid: its orientation; that of the last time by default.
            direction: > 0 if the user moves towards higher slices, < 0 towards lower ones, 0 if standing.

        Raises:
            PromptError: there is no such slice.
        """
        self._looking.look_at(index, grid, direction)

    # Prompting one slice

    def select(self, segment_id: str | None) -> None:
        """Work on another segment; what was marked for it before is shown again."""
        self.selected = segment_id
        self._previewing.show(segment_id)

    @property
    def preview(self) -> Preview | None:
        """The mask of what is marked, once there is one; of an earlier box while a new one is computed."""
        return self._previewing.preview

    @property
    def marked(self) -> LivePrompt | None:
        """What is marked for the selected segment and not accepted yet."""
        return self._previewing.prompt(self.selected)

    def prompt(
        self,
        box_xyxy: BoxXYXY | None = None,
        clicks: Clicks = (),
        index: int | None = None,
        grid: SliceGrid | None = None,
    ) -> None:
        """Mark something for the selected segment, in place of what was marked; may be called at every move.

        Args:
            box_xyxy: two corners in pixels of the slice.
            clicks: ((x, y), positive), all of them.
            index, grid: the slice; the one on screen by default.

        Raises:
            PromptError: no segment is selected, it is protected, or the numbers make no sense.
        """
        segment_id = self._selected()
        self._ledger.check_writable(segment_id)
        slices = grid or self._grid()
        where = self._setting.index if index is None else index
        self._previewing.mark(LivePrompt.of(segment_id, slices, where, box_xyxy, clicks))

    def escape(self) -> bool:
        """Take back the clicks, or, if there are none, the box; False if nothing is marked."""
        marked = self.marked
        if marked is None:
            return False
        if marked.clicks and marked.box_xyxy is not None:
            self.clear_clicks()
        else:
            self.clear()
        return True

    def undo_click(self) -> bool:
        """Take back the last click; False if there is none."""
        marked = self.marked
        if marked is None or not marked.clicks:
            return False
        self._previewing.mark(marked.without_last_click())
        return True

    def clear_clicks(self) -> None:
        """Take back all clicks; the box stays."""
        if self.marked is not None:
            self._previewing.mark(self.marked.without_clicks())

    def clear(self) -> None:
        """Take back box and clicks."""
        if self.selected is not None:
            self._previewing.clear(self.selected)

    def accept(self) -> WriteRecord | None:
        """Write the preview into the selected segment as one step of undo.

        A mask of the same thing on the same slice (`SegmentState.same_object`) is replaced, else it is added.

        Returns:
            What was written; None if the mask is still being computed: it is written as soon as it is there.

        Raises:
            PromptError: there is nothing to accept, or the segment is protected.
        """
        return self._previewing.accept(self._selected())

    # Through the volume

    @property
    def runs(self) -> tuple[Run, ...]:
        """Runs under way or done, and not yet written, the oldest first."""
        return self._propagating.runs

    def written_run(self, segment_id: str) -> SegmentRun | None:
        """What the last propagation wrote into a segment, corrections included: its strip, to go on with."""
        return self._ledger.state(segment_id).run

    def resume(self, run: SegmentRun) -> None:
        """Let a propagation be mended that came with a segment's journal; see `interaction.resuming`."""
        self._ledger.resume(run)

    def propagate(
        self,
        strategy: str = "track",
        options: Mapping[str, object] | None = None,
        prompts: Mapping[str, SegmentPrompt] | None = None,
        grid: SliceGrid | None = None,
    ) -> Run:
        """Carry what is marked through the volume. Returns at once; the run fills as slices are done.

        Args:
            strategy, options: as `make_strategy` takes them.
            prompts: segment id -> prompts in pixels (x, y, n) of the grid; what was marked for the selected
                segment by default (`carried_prompts.prompts_to_carry`).
            grid: the slices of `prompts`; those on screen by default.

        Raises:
            PromptError: nothing is marked, a segment is protected, or it is part of another run.
            OptionError: there is no such strategy or option, no model or no volume.
        """
        from medsam_core.propagation.strategies import make_strategy

        options = dict(options or {})
        make_strategy(strategy, **options)
        slices = grid or self._setting.grid
        if prompts is None:
            segment_id = self._selected()
            carried, slices = prompts_to_carry(strategy, self.marked, self._ledger.state(segment_id))
            prompts = {segment_id: carried}
        for segment_id in prompts:
            self._ledger.check_writable(segment_id)
        subject = self._setting.subject(slices)
        self._propagating.make_room(tuple(prompts))
        named = {one: self._ledger.named(one, prompt) for one, prompt in prompts.items()}
        return self._propagating.begin(subject, named, strategy, options)

    def cancel(self, run: Run | None = None) -> None:
        """End a run (by default the newest under way) and keep what is done; of a correction nothing."""
        self._take_in()
        self._propagating.cancel(self._propagating.latest(run, running=True))

    def discard(self, run: Run | None = None) -> None:
        """Drop a run (the newest by default) and all it did; one that is being written is not written."""
        self._committing.discard(self._propagating.latest(run))

    def commit(self, run: Run | None = None, mode: CommitMode = "add") -> None:
        """Write a run (the newest by default) into its segments as one step of undo; see `Committing`."""
        self._take_in()
        self._committing.commit(self._propagating.latest(run), mode)

    def correct(
        self,
        index: int,
        box_xyxy: BoxXYXY | None = None,
        clicks: Clicks = (),
        mask_yx: np.ndarray | None = None,
        segment_id: str | None = None,
    ) -> None:
        """Mend a slice of a propagation that is done; see `Correcting`.

        Args:
            index: the slice, of the grid that the run lies on.
            box_xyxy, clicks: as for `prompt`.
            mask_yx: (y, x) bool, drawn; empty if the segment is not on this slice.
            segment_id: the selected one by default.

        Raises:
            PromptError: nothing was marked, or the segment has no propagation that is done.
        """
        chosen = segment_id or self._selected()
        self._ledger.check_writable(chosen)
        marked = LivePrompt.of(chosen, self._correcting.grid(chosen), index, box_xyxy, clicks)
        if mask_yx is not None:
            segment = SegmentPrompt("drawn", 1, masks=(MaskPrompt.of(index, np.asarray(mask_yx, bool)),))
        else:
            segment = marked.segment()
        self._correcting.correct(self._setting.subject(), chosen, self._ledger.named(chosen, segment), index)

    def replay(
        self,
        journal: PromptJournal,
        segments: Mapping[int, str] | None = None,
        to_volume_ras: np.ndarray | None = None,
    ) -> None:
        """Do again what a journal says, on this volume with this model; written as soon as it is done.

        Args:
            journal: of a segment, of several, of another volume.
            segments: label in the journal -> segment id to add it to; a new segment for every other one.
            to_volume_ras: (4, 4) registration from RAS mm of the journal's volume to those of this one.

        Raises:
            OptionError: there is no model or no volume.
        """
        self._replaying.replay(journal, segments or {}, to_volume_ras)

    def cancel_replay(self) -> None:
        """End the replay under way; nothing of it is written."""
        self._replaying.cancel()

    # Undo

    def undo(self) -> bool:
        """Take the last step back, the journal with it; False if there is none."""
        self._correcting.drop()
        return self._ledger.writer.undo()

    def redo(self) -> bool:
        """Take the step that was undone again; False if there is none."""
        self._correcting.drop()
        return self._ledger.writer.redo()

    def journal(self, segment_id: str) -> PromptJournal | None:
        """How a segment was made, as far as this program made it; None if it did not.

        Raises:
            PromptError: its journal is damaged.
        """
        return self._ledger.journal(segment_id)

    # Answers

    def pump(self) -> list[Event]:
        """Take in what was answered; returns what has to be shown anew. Never waits."""
        self._take_in()
        self._propagating.flush()
        events = list(self._events)
        self._events.clear()
        return events

    def settle(self, timeout: float | None = None) -> list[Event]:
        """For scripts: wait until all that was asked, and all that followed from it, is answered.

        Args:
            timeout: seconds after which to return all the same.

        Returns:
            What `pump` gave meanwhile.
        """
        end = None if timeout is None else time.monotonic() + timeout
        events = self.pump()
        while self._jobs.is_busy and (end is None or time.monotonic() < end):
            self._jobs.wait_idle(None if end is None else max(end - time.monotonic(), 0.0))
            events += self.pump()
        return events

    def _take_in(self) -> None:
        for response, receive in self._desk.responses():
            if isinstance(response, Failed):
                self._events.append(Failure.of(response.topic, response.error))
            try:
                receive(response)
            except MedSAMError as error:  # a segment was removed meanwhile, perhaps
                self._events.append(Failure.of(response.topic, error))

    def _ask_again(self) -> None:
        self._take_in()
        self._correcting.drop()
        for run in self.runs:
            self._propagating.cancel(run)
        self._previewing.hide()
        self._looking.start_anew()
        if self._setting.is_complete:
            self._previewing.show(self.selected)

    def _selected(self) -> str:
        if self.selected is None:
            raise PromptError("segment", "none is selected", "select or add one")
        return self.selected

    def _grid(self) -> SliceGrid:
        return self._setting.grid or self._setting.subject().grid
