"""Running the conversion beside us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from medsam_core.checkpoints import inspect_checkpoint
from medsam_core.errors import Cancelled, MedSAMError
from medsam_core.inference import openvino_process
from medsam_core.inference.device import Placement
from medsam_core.inference.openvino_cache import OpenVINOCache
from testkit.tiny_models import a_tiny_model

pytest.importorskip("openvino")

from medsam_core.inference.openvino_backend import OpenVINOBackend
from medsam_core.inference.openvino_process import ConversionError, converted

TESTING = Path(__file__).resolve().parents[2]


@pytest.fixture
def cache(tmp_path: Path) -> OpenVINOCache:
    return OpenVINOCache(tmp_path / "cache")


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch):
    """Put the stand-in in the converter's place: ``double("die")``."""

    def choose(what: str) -> None:
        monkeypatch.setattr(openvino_process, "_MODULE", "testkit.converter_double")
        monkeypatch.setenv("PYTHONPATH", str(TESTING))
        monkeypatch.setenv("CONVERTER_DOUBLE", what)

    return choose


def left_in(cache: OpenVINOCache) -> list[str]:
    return [path.name for path in cache.root.iterdir() if path.suffix != ".lock"]


def test_the_program_converts_a_checkpoint_to_the_same_numbers(
    tiny_checkpoint: Path, openvino_cache_root: Path
) -> None:
    found = OpenVINOCache(openvino_cache_root).find(inspect_checkpoint(tiny_checkpoint).identity)
    image = np.random.default_rng(0).standard_normal((1, 3, 64, 64)).astype(np.float32)
    ours = OpenVINOBackend(found, Placement("cpu", "fp32", "openvino", "test")).encode(image)
    np.testing.assert_allclose(ours[0], a_tiny_model().backend.encode(image)[0], atol=1e-4)


def test_a_checkpoint_is_converted_once(tiny_checkpoint: Path, openvino_cache_root: Path, double) -> None:
    double("die")
    identity = inspect_checkpoint(tiny_checkpoint).identity
    assert converted(tiny_checkpoint, identity, cache=OpenVINOCache(openvino_cache_root))


@pytest.mark.parametrize(
    ("what", "problem"), [("die", "status"), ("fail", "the converter's own mistake"), ("half", "on disk")]
)
def test_a_conversion_that_breaks_off_leaves_nothing_and_is_told(
    what: str, problem: str, cache: OpenVINOCache, double
) -> None:
    double(what)
    with pytest.raises(ConversionError, match=problem) as caught:
        converted(Path("weights.pth"), "identity", cache=cache)
    assert "\n" not in str(caught.value)
    assert cache.find("identity") is None
    assert left_in(cache) == []


def test_an_error_of_ours_inside_the_program_arrives_as_itself(cache: OpenVINOCache, double) -> None:
    double("refuse")
    with pytest.raises(MedSAMError) as caught:
        converted(Path("weights.pth"), "identity", cache=cache)
    assert str(caught.value) == "weights.pth: changed while it was read; try again"


def test_cancelling_stops_the_program_and_leaves_nothing(cache: OpenVINOCache, double) -> None:
    double("sleep")
    heard: list[tuple] = []
    started = time.monotonic()
    with pytest.raises(Cancelled):
        converted(
            Path("weights.pth"),
            "identity",
            cache=cache,
            progress=lambda *step: heard.append(step),
            cancel=lambda: bool(heard),
        )
    assert time.monotonic() - started < 30
    assert heard[0][:2] == (1, 5)
    assert not psutil.pid_exists(int(heard[0][2].split()[0]))
    assert left_in(cache) == []


def test_the_program_gets_the_file_by_the_name_that_we_have(
    cache: OpenVINOCache, double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hugging Face's cache names files by links to blobs; a relative path means our folder, not its own."""
    double("sleep")
    (tmp_path / "blob").touch()
    (tmp_path / "model.safetensors").symlink_to(tmp_path / "blob")
    monkeypatch.chdir(tmp_path)
    heard: list[str] = []
    with pytest.raises(Cancelled):
        converted(
            Path("model.safetensors"),
            "identity",
            cache=cache,
            progress=lambda done, total, what: heard.append(what),
            cancel=lambda: bool(heard),
        )
    assert heard[0].endswith(f" {tmp_path / 'model.safetensors'}")


def test_an_error_in_the_progress_function_stops_the_program(cache: OpenVINOCache, double) -> None:
    double("sleep")

    def progress(done: int, total: int, what: str) -> None:
        raise LookupError(what)

    with pytest.raises(LookupError) as caught:
        converted(Path("weights.pth"), "identity", cache=cache, progress=progress)
    assert not psutil.pid_exists(int(str(caught.value).split()[0]))
    assert left_in(cache) == []


def test_two_who_want_the_same_network_convert_it_once(
    cache: OpenVINOCache, double, tiny_checkpoint: Path, openvino_cache_root: Path, tmp_path: Path
) -> None:
    whole = OpenVINOCache(openvino_cache_root).folder_of(inspect_checkpoint(tiny_checkpoint).identity)
    link = tmp_path / "whole"
    link.symlink_to(whole)
    double(f"copy {link}")
    found: list = []

    def ask() -> None:
        found.append(converted(tiny_checkpoint, "identity", cache=cache))

    both = [threading.Thread(target=ask) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(60)
    assert len(found) == 2 and found[0] == found[1]
    assert (tmp_path / "whole.log").read_text() == "converted\n"


def test_a_damaged_conversion_is_made_anew(
    cache: OpenVINOCache, double, tiny_checkpoint: Path, openvino_cache_root: Path, tmp_path: Path
) -> None:
    whole = OpenVINOCache(openvino_cache_root).folder_of(inspect_checkpoint(tiny_checkpoint).identity)
    (tmp_path / "whole").symlink_to(whole)
    double(f"copy {tmp_path / 'whole'}")
    first = converted(tiny_checkpoint, "identity", cache=cache)
    weights = bytearray((first.folder / "encoder.bin").read_bytes())
    weights[len(weights) // 2] ^= 1
    (first.folder / "encoder.bin").write_bytes(weights)
    assert cache.find("identity") is None
    assert converted(tiny_checkpoint, "identity", cache=cache) == first
    assert (tmp_path / "whole.log").read_text() == "converted\n" * 2


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, double) -> None:
    double("die")
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ConversionError, match="cannot be converted"):
        converted(Path("weights.pth"), "identity", cache=OpenVINOCache(tmp_path / "file" / "cache"))


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_the_program_ends_when_its_parent_is_gone(tiny_checkpoint: Path, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "medsam_core.inference.openvino_convert"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    job = {"checkpoint": str(tiny_checkpoint), "base": None, "identity": "", "folder": str(tmp_path)}
    job["identity"] = inspect_checkpoint(tiny_checkpoint).identity
    child.stdin.write(json.dumps(job).encode() + b"\n")
    child.stdin.close()  # what the system does for a parent that was killed
    assert child.wait(60) == 3
    assert not (tmp_path / "manifest.json").exists()
    child.stdout.close()
