"""The journal of a session's deeds: how each can be done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.prompt_journal import TAG_NAME, PromptJournal
from medsam_core.prompts import Prompts, SegmentPrompt
from medsam_core.session.run_state import Run
from medsam_core.session.subject import Subject

JOURNAL_TAG = TAG_NAME


def entry_of_prompt(segment: SegmentPrompt, subject: Subject) -> JournalEntry:
    """An accepted prompt on one slice: the same as `roi` on that slice."""
    return JournalEntry.of(
        segment, subject.volume, subject.model, grid=subject.grid, intensity=subject.intensity
    )


def entries_of_run(run: Run) -> Mapping[str, JournalEntry]:
    """A propagation: segment id -> its entry."""
    subject = run.subject
    journal = PromptJournal.of(
        Prompts(tuple(segment.prompt for segment in run.segments.values())),
        subject.volume,
        subject.model,
        grid=subject.grid,
        propagation=run.strategy,
        options=dict(run.options),  # type: ignore[arg-type]
        intensity=subject.intensity,
    )
    return dict(zip(run.segments, journal.entries, strict=True))


def entry_of_correction(segment: SegmentPrompt, run: Run) -> JournalEntry:
    """A correction: takes the place of what the run before it found on the same slices."""
    return JournalEntry.of(
        segment,
        run.subject.volume,
        run.subject.model,
        grid=run.subject.grid,
        propagation=run.strategy,
        options=dict(run.options),  # type: ignore[arg-type]
        intensity=run.subject.intensity,
        mode="replace",
    )


def tag_of(entries: Sequence[JournalEntry], label: int) -> str:
    """The text that is kept with a segment.

    Args:
        entries: in their order.
        label: the segment's number, the same in all of them.

    Raises:
        PromptError: it is too much to be kept.
    """
    numbered = (replace(entry, prompt=replace(entry.prompt, label=label)) for entry in entries)
    return PromptJournal(tuple(numbered)).to_tag()


def entries_of(tag: str) -> tuple[JournalEntry, ...]:
    """What a segment's text says.

    Raises:
        PromptError: it is none of ours, or damaged.
    """
    return PromptJournal.from_tag(tag).entries


def moved_entries(
    journal: PromptJournal, subject: Subject, to_volume_ras: np.ndarray | None
) -> tuple[JournalEntry, ...]:
    """The entries of a journal as they are on another volume, with the model that answers there."""
    from medsam_core.journal_move import moved

    volume, model = subject.volume, ModelName.of(subject.model)
    entries = (moved(entry, volume.geometry, to_volume_ras) for entry in journal.entries)
    return tuple(replace(entry, model=model, volume_name=volume.name) for entry in entries)
