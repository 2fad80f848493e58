"""What a session asks of its worker."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from medsam_core.jobs.request import Request
from medsam_core.prompt_journal import PromptJournal
from medsam_core.prompts import SegmentPrompt
from medsam_core.session.slice_result import SliceResult
from medsam_core.session.subject import Subject


class Urgency(IntEnum):
    """Priorities: what a person waits for goes first, what they may never look at goes last."""

    PREVIEW = 0
    WRITE = 5
    SLICE_ON_SCREEN = 10
    CORRECTION = 15
    PROPAGATION = 20
    SLICES_AHEAD = 30


@dataclass(frozen=True, eq=False)
class PrepareRequest(Request):
    """Get a volume ready: its window, its checksum. Answer: `answers.Prepared`."""

    subject: Subject


@dataclass(frozen=True, eq=False)
class EncodeRequest(Request):
    """Encode slices, in this order. Answers: `answers.Encoded`, one for each."""

    subject: Subject
    indices: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class PreviewRequest(Request):
    """The mask for the prompts of a segment on one slice. Answer: `answers.Previewed`."""

    subject: Subject
    segment: SegmentPrompt
    index: int


@dataclass(frozen=True, eq=False)
class PropagateRequest(Request):
    """Carry segments through the volume.

    Answers: one `answers.Expected`, then `answers.Stepped`.

    Attributes:
        strategy, options: as `propagation.strategies.make_strategy` takes them.
    """

    subject: Subject
    segments: tuple[SegmentPrompt, ...]
    strategy: str
    options: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, eq=False)
class AssembleRequest(Request):
    """Bring slices onto the volume's voxels, segments beside each other. Answer: `answers.Assembled`.

    Attributes:
        new, old: for each segment its slices as they are to be, and as they were written before.
    """

    subject: Subject
    new: tuple[tuple[SliceResult, ...], ...]
    old: tuple[tuple[SliceResult, ...], ...]


@dataclass(frozen=True, eq=False)
class ReplayRequest(Request):
    """Do again what a journal says, on the subject's volume with its model. Answer: `answers.Replayed`.

    Attributes:
        to_volume_ras: (4, 4) registration from RAS mm of the journal's volume to those of this one, or None.
    """

    subject: Subject
    journal: PromptJournal
    to_volume_ras: np.ndarray | None = None
