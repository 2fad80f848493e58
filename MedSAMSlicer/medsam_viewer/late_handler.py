"""The session's handler, made when it is first asked."""

from __future__ import annotations

from medsam_core.jobs.agenda import Check
from medsam_core.jobs.request import Request
from medsam_core.session.handler import Answers, SessionHandler


class LateHandler:
    """To be given to a `Worker` before PyTorch is imported, so that the page need not wait for that."""

    def __init__(self) -> None:
        self._handler: SessionHandler | None = None

    def __call__(self, request: Request, check: Check) -> Answers:
        """See `SessionHandler`."""
        if self._handler is None:
            from medsam_core.inference.embedding_cache import EmbeddingCache

            self._handler = SessionHandler(EmbeddingCache())
        return self._handler(request, check)
