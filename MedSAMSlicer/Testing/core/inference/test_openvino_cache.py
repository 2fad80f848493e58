"""The folder of converted networks."""

from __future__ import annotations

import os
from pathlib import Path

import filelock
import pytest

from medsam_core.errors import Cancelled
from medsam_core.inference.openvino_cache import MANIFEST, ConvertedNetwork, OpenVINOCache

pytest.importorskip("openvino")


def fill(place: Path, weights: int = 1000) -> ConvertedNetwork:
    for name in ("encoder", "decoder"):
        (place / f"{name}.xml").write_text(f"<{name}/>")
        (place / f"{name}.bin").write_bytes(b"w" * weights)
    network = ConvertedNetwork(place, 64, 16, ((32, 4, 4),), {"fp32": 1e-6})
    network.write_manifest()
    return network


def add(cache: OpenVINOCache, identity: str, weights: int = 1000, used: float | None = None) -> Path:
    with cache.unfinished(identity) as place:
        fill(place, weights)
        folder = cache.publish(identity, place).folder
    if used is not None:
        os.utime(folder / MANIFEST, (used, used))
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> OpenVINOCache:
    return OpenVINOCache(tmp_path / "cache")


def test_what_was_published_is_found_as_it_was_written(cache: OpenVINOCache) -> None:
    folder = add(cache, "network")
    found = cache.find("network")
    assert found == ConvertedNetwork(folder, 64, 16, ((32, 4, 4),), {"fp32": 1e-6})
    assert cache.find("another network") is None


def test_another_version_of_openvino_is_another_entry(
    cache: OpenVINOCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(cache, "network")
    monkeypatch.setattr("importlib.metadata.version", lambda name: "1999.1")
    assert cache.find("network") is None


@pytest.mark.parametrize("name", ["encoder.xml", "encoder.bin", "decoder.bin", MANIFEST])
def test_an_entry_that_lacks_a_file_is_absent(cache: OpenVINOCache, name: str) -> None:
    (add(cache, "network") / name).unlink()
    assert cache.find("network") is None


@pytest.mark.parametrize("name", ["encoder.xml", "encoder.bin", "decoder.bin", MANIFEST])
def test_an_entry_with_a_changed_byte_is_absent(cache: OpenVINOCache, name: str) -> None:
    path = add(cache, "network") / name
    content = bytearray(path.read_bytes())
    content[0] ^= 0xFF
    path.write_bytes(content)
    assert cache.find("network") is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"files": 3}', '{"files": {"../x": {}}}', "{" * 5000]
)
def test_a_manifest_of_nonsense_is_an_absent_entry(cache: OpenVINOCache, text: str) -> None:
    (add(cache, "network") / MANIFEST).write_text(text)
    assert cache.find("network") is None


def test_what_was_used_longest_ago_goes_when_the_bytes_are_too_many(tmp_path: Path) -> None:
    cache = OpenVINOCache(tmp_path, limit_bytes=7000)  # an entry takes 2500
    add(cache, "old", used=1000)
    add(cache, "older", used=500)
    add(cache, "new")
    assert [cache.find(name) is not None for name in ("old", "older", "new")] == [True, False, True]


def test_looking_an_entry_up_makes_it_recent(tmp_path: Path) -> None:
    cache = OpenVINOCache(tmp_path, limit_bytes=7000)
    add(cache, "old", used=1000)
    add(cache, "older", used=500)
    assert cache.find("older")
    add(cache, "new")
    assert [cache.find(name) is not None for name in ("old", "older", "new")] == [False, True, True]


def test_an_entry_larger_than_the_limit_is_kept_while_it_is_the_newest(tmp_path: Path) -> None:
    cache = OpenVINOCache(tmp_path, limit_bytes=100)
    add(cache, "first")
    assert cache.find("first")
    add(cache, "second")
    assert cache.find("second") and not cache.find("first")


def test_work_that_fails_leaves_nothing(cache: OpenVINOCache) -> None:
    with pytest.raises(ZeroDivisionError), cache.unfinished("network") as place:
        fill(place)
        raise ZeroDivisionError
    assert [path.name for path in cache.root.iterdir() if path.suffix != ".lock"] == []


def test_what_a_killed_process_left_is_cleared_before_the_next_try(cache: OpenVINOCache) -> None:
    with cache.unfinished("network") as place:
        left = place
    left.mkdir()
    (left / "encoder.xml").write_text("half")
    with cache.unfinished("network") as place:
        assert list(place.iterdir()) == []


def test_what_killed_processes_left_of_other_networks_goes_after_a_day(cache: OpenVINOCache) -> None:
    fresh, stale = cache.root / ".unfinished-fresh", cache.root / ".unfinished-stale"
    for path in (fresh, stale):
        path.mkdir(parents=True)
    os.utime(stale, (1000, 1000))
    add(cache, "network")
    assert fresh.exists() and not stale.exists()


def test_one_can_stop_waiting_for_another_process(cache: OpenVINOCache) -> None:
    cache.root.mkdir()
    busy = filelock.FileLock(cache.root / f"{cache.folder_of('network').name}.lock")
    with busy, pytest.raises(Cancelled), cache.unfinished("network", cancel=lambda: True):
        pytest.fail("the lock was not held")


def test_a_read_only_cache_still_answers(cache: OpenVINOCache, monkeypatch: pytest.MonkeyPatch) -> None:
    add(cache, "network")

    def refuse(*args: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "utime", refuse)
    assert cache.find("network")
