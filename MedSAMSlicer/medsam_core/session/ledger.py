"""What was written into segments, kept so that it follows their undo."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from medsam_core.errors import PromptError
from medsam_core.prompt_journal import PromptJournal
from medsam_core.prompts import SegmentPrompt
from medsam_core.session.journal_keeping import JOURNAL_TAG, entries_of, tag_of
from medsam_core.session.kept_run import state_with
from medsam_core.session.protection import free_part
from medsam_core.session.segment_change import SegmentChange
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.segment_state import Deed, SegmentState
from medsam_core.session.segment_writer import SegmentWriter, WriteRecord

STATES_KEPT = 64
"""Of all segments together; they share what they have in common."""


class Ledger:
    """The one door of a session to the face's segments.

    The journal of a segment is a text that the writer keeps with it, so that undo, redo and files carry it.
    What else the session remembers of a segment is found by that text.

    Args:
        writer: the face's.
    """

    def __init__(self, writer: SegmentWriter) -> None:
        self.writer = writer
        self._states: OrderedDict[tuple[str, str], SegmentState] = OrderedDict()
        self._labels: dict[str, int] = {}

    def state(self, segment_id: str) -> SegmentState:
        """What the session did to a segment, as far as it was not undone."""
        tag = self.writer.tag(segment_id, JOURNAL_TAG)
        if not tag:
            return SegmentState()
        known = self._states.get((segment_id, tag))
        if known is not None:
            return known
        try:
            return SegmentState(tuple(Deed((entry,)) for entry in entries_of(tag)))
        except PromptError:
            return SegmentState()  # damaged: the segment can be worked on all the same; `journal` tells

    def journal(self, segment_id: str) -> PromptJournal | None:
        """How a segment was made, as far as this program made it; None if it did not.

        Raises:
            PromptError: its journal is damaged.
        """
        tag = self.writer.tag(segment_id, JOURNAL_TAG)
        return PromptJournal(entries_of(tag)) if tag else None

    def check_writable(self, segment_id: str) -> None:
        """Refuse a segment that is not there, or that no edit may change.

        Raises:
            PromptError: with what to do.
        """
        info = next((s for s in self.writer.segments() if s.segment_id == segment_id), None)
        if info is None:
            raise PromptError("segment", "is not there any more", "select another one")
        if info.protected:
            raise PromptError(f"segment '{info.name}'", "is protected", "unlock it, or select another one")

    def name(self, segment_id: str) -> str:
        """What the user calls a segment; "segment" if it has no name that prompts can have."""
        names = {s.segment_id: s.name for s in self.writer.segments()}
        shown = "".join(c if c.isprintable() else " " for c in names.get(segment_id, "")).strip()
        return shown[:128] or "segment"

    def label(self, segment_id: str) -> int:
        """The number of a segment in journals: that of its own journal, and no other segment's."""
        if segment_id not in self._labels:
            own, taken = self._written_label(segment_id), set(self._labels.values())
            if own is None or own in taken:
                taken |= {self._written_label(info.segment_id) or 0 for info in self.writer.segments()}
                own = next(n for n in itertools.count(1) if n not in taken)
            self._labels[segment_id] = own
        return self._labels[segment_id]

    def named(self, segment_id: str, prompt: SegmentPrompt) -> SegmentPrompt:
        """Prompts under a segment's own name and number."""
        return replace(prompt, name=self.name(segment_id), label=self.label(segment_id))

    def write(self, changes: Sequence[SegmentChange]) -> WriteRecord:
        """Make all changes as one step of undo; protected voxels of other segments stay as they are.

        Raises:
            PromptError: a segment is protected, or is not there.
            MedSAMError: the writer refuses.
        """
        edits, states = [], {}
        for change in changes:
            self.check_writable(change.segment_id)
            before = states.get(change.segment_id) or self.state(change.segment_id)
            after = before.with_deed(change.deed, change.instead_of)
            states[change.segment_id] = after
            tag = tag_of(after.entries, self.label(change.segment_id))
            edits += self._free(change).edits({JOURNAL_TAG: tag})
        record = self.writer.write(edits)
        for segment_id, state in states.items():
            self._remember(segment_id, state)
        return record

    def resume(self, run: SegmentRun) -> None:
        """A propagation that only the journal told of has its slices again."""
        segment_id = run.segment_id
        self._remember(segment_id, state_with(self.state(segment_id).entries, run))

    def forget(self, writer: SegmentWriter | None = None) -> None:
        """Keep nothing but what the tags say: the volume is another one, and perhaps the writer."""
        self._states.clear()
        self._labels.clear()
        self.writer = writer or self.writer

    def _written_label(self, segment_id: str) -> int | None:
        entries = self.state(segment_id).entries
        return entries[0].prompt.label if entries else None

    def _free(self, change: SegmentChange) -> SegmentChange:
        new = free_part(self.writer, change.segment_id, change.new)
        return SegmentChange(change.segment_id, new, change.old, change.deed, change.instead_of)

    def _remember(self, segment_id: str, state: SegmentState) -> None:
        tag = self.writer.tag(segment_id, JOURNAL_TAG)
        if tag:
            self._states[segment_id, tag] = state
            self._states.move_to_end((segment_id, tag))
        while len(self._states) > STATES_KEPT:
            self._states.popitem(last=False)
