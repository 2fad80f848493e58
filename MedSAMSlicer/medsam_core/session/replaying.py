"""Doing again, on the volume on screen, what a journal says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from medsam_core.errors import MedSAMError
from medsam_core.jobs.response import Progressed, Response
from medsam_core.prompt_journal import PromptJournal
from medsam_core.session.answers import Replayed
from medsam_core.session.desk import Desk
from medsam_core.session.events import Event, Failure, Written
from medsam_core.session.ledger import Ledger
from medsam_core.session.requests import ReplayRequest, Urgency
from medsam_core.session.segment_change import SegmentChange
from medsam_core.session.segment_state import Deed
from medsam_core.session.setting import Setting

TOPIC = "replay"


class Replaying:
    """Replays one journal at a time; a newer one takes the place of one under way.

    Args:
        desk: asks the worker.
        setting: the volume and the model.
        ledger: writes.
        tell: is given the events.
    """

    def __init__(self, desk: Desk, setting: Setting, ledger: Ledger, tell: Callable[[Event], None]) -> None:
        self._desk, self._setting, self._ledger, self._tell = desk, setting, ledger, tell

    def replay(
        self, journal: PromptJournal, segments: Mapping[int, str], to_volume_ras: np.ndarray | None
    ) -> None:
        """See `Session.replay`."""
        names = {entry.prompt.label: entry.prompt.name for entry in journal.entries}
        receive = partial(self._received, names, dict(segments))
        subject = self._setting.subject()
        self._desk.ask(ReplayRequest, TOPIC, Urgency.PROPAGATION, receive, subject, journal, to_volume_ras)

    def cancel(self) -> None:
        """End the replay under way; nothing of it is written."""
        self._desk.withdraw(TOPIC)

    def _received(self, names: dict[int, str], segments: dict[int, str], response: Response) -> None:
        if not (isinstance(response, Progressed) and isinstance(response.payload, Replayed)):
            return
        answer = response.payload
        try:
            changes = []
            for label, patch in answer.patches.items():
                segment_id = segments.get(label) or self._ledger.writer.add_segment(names[label])
                changes.append(SegmentChange(segment_id, patch, None, Deed(answer.entries[label])))
            self._tell(Written(self._ledger.write(changes)))
        except MedSAMError as error:
            self._tell(Failure.of(TOPIC, error))
