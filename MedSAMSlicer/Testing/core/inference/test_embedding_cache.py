"""The cache answers only for the very same computation and stays within its bytes."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import numpy as np
import pytest

from medsam_core.inference.embedding import Embedding
from medsam_core.inference.embedding_cache import CacheKey, EmbeddingCache, cache_folder
from medsam_core.inference.image_frame import ImageFrame

SIZE = 10 * 1024


def a_key(index: int = 0) -> CacheKey:
    return CacheKey("image", "40,400", "model", "medsam", f"k{index}", "fp32")


def an_embedding(n: int) -> Embedding:
    maps = (np.full((1, 10, 16, 16), n, np.float32),)
    return Embedding(maps, ImageFrame((9, 9), (64, 64), 64), "medsam", "m")


def value(cache: EmbeddingCache, n: int) -> float | None:
    found = cache.get(a_key(n))
    return None if found is None else float(found.features[0].flat[0])


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(CacheKey)])
def test_keys_that_differ_anywhere_have_different_digests(field: str) -> None:
    other = dataclasses.replace(a_key(), **{field: 7 if field == "index" else "other"})
    assert other.digest != a_key().digest
    assert a_key().digest == a_key().digest


def test_neighbouring_fields_do_not_run_into_each_other() -> None:
    assert CacheKey("ab", "c", "", "", "", "").digest != CacheKey("a", "bc", "", "", "", "").digest


def test_memory_stays_bounded_and_the_least_recently_used_goes_first() -> None:
    cache = EmbeddingCache(ram_bytes=3 * SIZE)
    for n in range(3):
        cache.put(a_key(n), an_embedding(n))
    value(cache, 0)
    cache.put(a_key(3), an_embedding(3))
    assert [value(cache, n) for n in range(4)] == [0, None, 2, 3]
    assert cache.stats().ram_bytes <= 3 * SIZE


def test_what_leaves_memory_is_found_on_disk(tmp_path: Path) -> None:
    cache = EmbeddingCache(2 * SIZE, tmp_path, disk_bytes=100 * SIZE)
    for n in range(6):
        cache.put(a_key(n), an_embedding(n))
    assert [value(cache, n) for n in range(6)] == list(range(6))
    stats = cache.stats()
    assert stats.entries == 2
    assert stats.disk_hits >= 4
    assert stats.disk_failures == 0


def test_a_later_run_finds_what_was_persisted(tmp_path: Path) -> None:
    first = EmbeddingCache(10 * SIZE, tmp_path)
    first.put(a_key(1), an_embedding(1))
    first.persist()
    assert value(EmbeddingCache(10 * SIZE, tmp_path), 1) == 1


def test_putting_again_replaces_and_counts_once(tmp_path: Path) -> None:
    cache = EmbeddingCache(10 * SIZE, tmp_path)
    cache.put(a_key(), an_embedding(1))
    cache.put(a_key(), an_embedding(2))
    assert value(cache, 0) == 2
    assert cache.stats().ram_bytes == SIZE


def test_clearing_forgets_memory_and_disk(tmp_path: Path) -> None:
    cache = EmbeddingCache(SIZE, tmp_path)
    for n in range(3):
        cache.put(a_key(n), an_embedding(n))
    cache.clear()
    assert [value(cache, n) for n in range(3)] == [None] * 3
    assert (cache.stats().entries, cache.stats().ram_bytes, cache.stats().disk_entries) == (0, 0, 0)


def test_many_threads_may_use_it_at_once(tmp_path: Path) -> None:
    cache = EmbeddingCache(5 * SIZE, tmp_path, disk_bytes=8 * SIZE)
    wrong: list[object] = []

    def work(seed: int) -> None:
        for n in np.random.default_rng(seed).integers(0, 12, 60):
            found = value(cache, int(n))
            if found is None:
                cache.put(a_key(int(n)), an_embedding(int(n)))
            elif found != n:
                wrong.append((n, found))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert cache.stats().ram_bytes <= 5 * SIZE


def test_the_users_folder_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MEDSAM_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path / "embeddings"
