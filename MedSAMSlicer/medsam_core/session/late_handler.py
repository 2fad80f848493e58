"""The session's handler, made when it is first asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from medsam_core.jobs.agenda import Check
from medsam_core.jobs.request import Request

if TYPE_CHECKING:
    from medsam_core.inference.embedding_cache import EmbeddingCache
    from medsam_core.session.handler import Answers, SessionHandler


class LateHandler:
    """To be given to a `Worker` before PyTorch is imported, so that no face need wait for that.

    Args:
        cache: gives the cache that embeddings are kept in; a new one by default.
    """

    def __init__(self, cache: Callable[[], EmbeddingCache] | None = None) -> None:
        self._cache = cache
        self._handler: SessionHandler | None = None

    def __call__(self, request: Request, check: Check) -> Answers:
        """See `SessionHandler`."""
        if self._handler is None:
            from medsam_core.session.handler import SessionHandler

            self._handler = SessionHandler((self._cache or _new_cache)())
        return self._handler(request, check)


def _new_cache() -> EmbeddingCache:
    from medsam_core.inference.embedding_cache import EmbeddingCache

    return EmbeddingCache()
