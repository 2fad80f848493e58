"""The door's second leaf: the secret of each connection, and one connection at a time."""

from __future__ import annotations

from wslink.websocket import LinkProtocol

from medsam_viewer.door import Door


class DoorProtocol(LinkProtocol):
    """Asked by wslink for each connection; with it the default secret, which is public, opens nothing.

    Args:
        door: decides.
    """

    def __init__(self, door: Door) -> None:
        super().__init__()
        self._door = door

    async def validateToken(self, token: object, client_id: str) -> bool:
        """Whether a connection may stay."""
        return self._door.enter(token, client_id)

    def onClose(self, client_id: str) -> None:
        """A connection has ended."""
        self._door.leave(client_id)
