"""An embedding cache that counts what a run would have had to encode by itself."""

from __future__ import annotations

from medsam_core.inference.embedding import Embedding
from medsam_core.inference.embedding_cache import CacheKey, EmbeddingCache


class EncodedOnce(EmbeddingCache):
    """One run's view of a cache that others share.

    Args:
        shared: what is encoded is kept there.

    Attributes:
        found: embeddings that this run needed and another had made.
    """

    def __init__(self, shared: EmbeddingCache) -> None:
        super().__init__(ram_bytes=0)
        self.found = 0
        self._shared = shared
        self._mine: set[CacheKey] = set()

    def get(self, key: CacheKey) -> Embedding | None:
        """From the shared cache; counted the first time, unless this run put it there."""
        embedding = self._shared.get(key)
        if embedding is not None and key not in self._mine:
            self.found += 1
            self._mine.add(key)
        return embedding

    def put(self, key: CacheKey, embedding: Embedding) -> None:
        """Into the shared cache."""
        self._mine.add(key)
        self._shared.put(key, embedding)
