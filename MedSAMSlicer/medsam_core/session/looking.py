"""Slices read by the model while the user looks at them, before anything is asked of them."""

from __future__ import annotations

from collections.abc import Callable

from medsam_core.errors import PromptError
from medsam_core.jobs.response import Progressed, Response
from medsam_core.session.answers import Encoded, Prepared
from medsam_core.session.desk import Desk
from medsam_core.session.events import Event, SliceReady, VolumeReady
from medsam_core.session.requests import EncodeRequest, PrepareRequest, Urgency
from medsam_core.session.setting import Setting
from medsam_core.session.travel import slices_ahead
from medsam_core.slice_grid import SliceGrid

VOLUME, ON_SCREEN, AHEAD = "volume", "slice on screen", "slices ahead"


class Looking:
    """Keeps the worker ahead of the user.

    Args:
        desk: asks the worker.
        setting: what is on screen; changed by `look_at`.
        tell: is given the events.
    """

    def __init__(self, desk: Desk, setting: Setting, tell: Callable[[Event], None]) -> None:
        self._desk, self._setting, self._tell = desk, setting, tell

    def start_anew(self) -> None:
        """Model, volume or intensity are others: have the volume made ready."""
        for topic in (VOLUME, ON_SCREEN, AHEAD):
            self._desk.withdraw(topic)
        self._setting.window = None
        if self._setting.is_complete:
            subject = self._setting.subject()
            self._desk.ask(PrepareRequest, VOLUME, Urgency.PREVIEW, self._prepared, subject)

    def look_at(self, index: int, grid: SliceGrid | None, direction: int) -> None:
        """See `Session.look_at`."""
        setting = self._setting
        chosen = grid or setting.grid
        if chosen is None:
            return
        if not 0 <= index < chosen.count:
            raise PromptError("view", f"there is no slice {index}", f"give one of 0 to {chosen.count - 1}")
        setting.grid, setting.index = chosen, index
        if setting.is_complete:
            self._read(ON_SCREEN, Urgency.SLICE_ON_SCREEN, (index,))
            self._read(AHEAD, Urgency.SLICES_AHEAD, slices_ahead(index, direction, chosen.count))

    def _read(self, topic: str, urgency: Urgency, indices: tuple[int, ...]) -> None:
        self._desk.ask(EncodeRequest, topic, urgency, self._encoded, self._setting.subject(), indices)

    def _prepared(self, response: Response) -> None:
        if isinstance(response, Progressed) and isinstance(response.payload, Prepared):
            self._setting.window = response.payload.window
            self._tell(VolumeReady(response.payload.window))

    def _encoded(self, response: Response) -> None:
        if isinstance(response, Progressed) and isinstance(response.payload, Encoded):
            self._tell(SliceReady(response.payload.index))
