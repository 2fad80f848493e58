"""Live masks for what the user marks on a slice, and accepting them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

from medsam_core.errors import MedSAMError, PromptError
from medsam_core.jobs.response import Failed, Progressed, Response
from medsam_core.session.answers import Previewed
from medsam_core.session.desk import Desk, Receive
from medsam_core.session.events import Event, Failure, PreviewChanged, Written
from medsam_core.session.journal_keeping import entry_of_prompt
from medsam_core.session.ledger import Ledger
from medsam_core.session.live_prompt import LivePrompt
from medsam_core.session.preview import Preview
from medsam_core.session.requests import PreviewRequest, Urgency
from medsam_core.session.segment_change import SegmentChange
from medsam_core.session.segment_state import Deed
from medsam_core.session.segment_writer import WriteRecord
from medsam_core.session.setting import Setting
from medsam_core.session.subject import Subject

TOPIC = "preview"


class Previewing:
    """Prompts being made, one per segment; the mask of the one that was changed last.

    Args:
        desk: asks the worker.
        setting: what is on screen.
        ledger: writes what is accepted.
        tell: is given the events.
    """

    def __init__(self, desk: Desk, setting: Setting, ledger: Ledger, tell: Callable[[Event], None]) -> None:
        self._desk, self._setting, self._ledger, self._tell = desk, setting, ledger, tell
        self._prompts: dict[str, LivePrompt] = {}
        self._accepts = itertools.count(1)
        self._asked: LivePrompt | None = None
        self._next: LivePrompt | None = None
        self.preview: Preview | None = None

    def prompt(self, segment_id: str | None) -> LivePrompt | None:
        """What is marked for a segment and not accepted yet."""
        return self._prompts.get(segment_id or "")

    def mark(self, prompt: LivePrompt) -> None:
        """Take a prompt in place of the segment's last one, and ask for its mask. Returns at once.

        While the mask of an earlier box on the same slice is being computed the new one waits for that: else
        a hand that moves faster than the model would never see a mask. Of those that wait the newest counts.
        """
        self._prompts[prompt.segment_id] = prompt
        if not prompt.is_askable:
            self.hide()
        elif self._setting.is_complete:
            if self._desk.is_open(TOPIC) and self._asked is not None and _same_slice(self._asked, prompt):
                self._next = prompt
            else:
                self._ask_for_preview(prompt)

    def show(self, segment_id: str | None) -> None:
        """Show what is marked for a segment, or nothing: another one was selected, or another model."""
        self.hide()
        prompt = self.prompt(segment_id)
        if prompt is not None:
            self.mark(prompt)

    def clear(self, segment_id: str) -> None:
        """Forget what is marked for a segment."""
        self._prompts.pop(segment_id, None)
        self.hide()

    def hide(self) -> None:
        """Show no preview, and wait for none."""
        self._desk.withdraw(TOPIC)
        self._asked = self._next = None
        self._show(None)

    def drop(self) -> None:
        """Forget all: the volume is another one."""
        self._prompts.clear()
        self.hide()

    def accept(self, segment_id: str) -> WriteRecord | None:
        """Write the mask of what is marked for a segment.

        Returns:
            What was written; None if the worker has not answered yet: it is written once it has.

        Raises:
            PromptError: nothing is marked, the mask is empty, or the segment is protected.
        """
        prompt = self.prompt(segment_id)
        if prompt is None or not prompt.is_askable:
            raise PromptError("prompt", "there is none", "draw a box or click")
        self._ledger.check_writable(segment_id)
        subject = self._setting.subject(prompt.grid)
        preview = self.preview
        if preview is not None and preview.prompt is prompt:
            record = self._write(subject, preview)
            self.clear(segment_id)
            return record
        self._ask(f"accept {next(self._accepts)}", prompt, partial(self._accepted, subject))
        self.clear(segment_id)
        return None

    def _ask(self, topic: str, prompt: LivePrompt, receive: Callable[[LivePrompt, Response], None]) -> None:
        given: Receive = partial(receive, prompt)
        subject = self._setting.subject(prompt.grid)
        segment = self._ledger.named(prompt.segment_id, prompt.segment())
        self._desk.ask(PreviewRequest, topic, Urgency.PREVIEW, given, subject, segment, prompt.index)

    def _ask_for_preview(self, prompt: LivePrompt) -> None:
        self._asked, self._next = prompt, None
        self._ask(TOPIC, prompt, self._previewed)

    def _previewed(self, prompt: LivePrompt, response: Response) -> None:
        if isinstance(response, Progressed):
            if isinstance(response.payload, Previewed):
                self._show(self._preview_of(prompt, response.payload))
            return
        if isinstance(response, Failed):
            self._show(None)
        if self._next is not None:
            self._ask_for_preview(self._next)

    def _accepted(self, subject: Subject, prompt: LivePrompt, response: Response) -> None:
        if not (isinstance(response, Progressed) and isinstance(response.payload, Previewed)):
            return
        try:
            self._write(subject, self._preview_of(prompt, response.payload))
        except MedSAMError as error:
            self._tell(Failure.of(response.topic, error))

    def _preview_of(self, prompt: LivePrompt, answer: Previewed) -> Preview:
        return Preview.of(prompt, answer.result, answer.patch, self._ledger.writer)

    def _write(self, subject: Subject, preview: Preview) -> WriteRecord:
        prompt, patch = preview.prompt, preview.patch
        if not patch.voxels:
            raise PromptError("preview", "nothing was found there", "draw another box or click")
        segment = self._ledger.named(prompt.segment_id, prompt.segment())
        deed = Deed((entry_of_prompt(segment, subject),), prompt, patch)
        earlier = self._ledger.state(prompt.segment_id).same_object(prompt, patch)
        old = None if earlier is None else earlier.patch
        gone = () if earlier is None else (earlier,)
        record = self._ledger.write([SegmentChange(prompt.segment_id, patch, old, deed, gone)])
        self._tell(Written(record))
        return record

    def _show(self, preview: Preview | None) -> None:
        if preview is not self.preview:
            self.preview = preview
            self._tell(PreviewChanged(preview))


def _same_slice(one: LivePrompt, other: LivePrompt) -> bool:
    planes = (p.grid.plane_key(p.index) for p in (one, other))
    return one.segment_id == other.segment_id and len(set(planes)) == 1
