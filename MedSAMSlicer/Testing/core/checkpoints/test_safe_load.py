"""Whatever a file is: weights, or one line that says what it is. Never code that runs."""

from __future__ import annotations

import random
from pathlib import Path

import layouts
import pytest
import torch
from bad_files import BAD, HOSTILE, Builder, proof_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.checkpoints import inspect_checkpoint, open_checkpoint
from medsam_core.checkpoints.file_kind import FileKind
from medsam_core.checkpoints.safe_load import read_checkpoint
from medsam_core.errors import CheckpointError


@pytest.mark.parametrize(("build", "says"), BAD.values(), ids=BAD)
def test_a_bad_file_is_one_line(tmp_path: Path, build: Builder, says: str) -> None:
    path = build(tmp_path)
    with pytest.raises(CheckpointError) as caught:
        inspect_checkpoint(path)
    line = str(caught.value)
    assert says in line and "\n" not in line and len(line) < 600
    assert str(path) in line, "the message must name the file"
    assert "; " in line, "the message must say what to do"


@pytest.mark.parametrize("build", HOSTILE.values(), ids=HOSTILE)
def test_code_in_a_file_does_not_run(tmp_path: Path, build: Builder) -> None:
    path = build(tmp_path)
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    assert not proof_of(tmp_path).exists()
    assert "\n" not in str(caught.value)


def test_the_environment_cannot_switch_safety_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    path = HOSTILE["code in a torch archive"](tmp_path)
    with pytest.raises(CheckpointError):
        open_checkpoint(path)
    assert not proof_of(tmp_path).exists()


def test_the_object_that_stands_in_the_way_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"a pickled (posix|nt|os)\.system"):
        open_checkpoint(HOSTILE["code in a torch archive"](tmp_path))


@pytest.mark.parametrize(
    "name", ["a.pth", "a.pt", "a.ckpt", "a.bin", "a", "a.safetensors", "a.zip", "a.pth.tar"]
)
def test_the_suffix_means_nothing(tmp_path: Path, name: str) -> None:
    weights = layouts.plain()
    layouts.assert_same_weights(open_checkpoint(layouts.saved(weights, tmp_path / name)).network, weights)


def test_a_torch_file_from_before_1_6_is_read(tmp_path: Path) -> None:
    weights, path = layouts.plain(), tmp_path / "a.pth"
    torch.save(weights, path, _use_new_zipfile_serialization=False)
    assert read_checkpoint(path).kind is FileKind.TORCH_LEGACY
    layouts.assert_same_weights(open_checkpoint(path).network, weights)


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    path = layouts.saved(layouts.plain(), tmp_path / "a.pth")
    (tmp_path / "link.pth").symlink_to(path)
    assert inspect_checkpoint(tmp_path / "link.pth").sha256 == inspect_checkpoint(path).sha256


def test_a_name_with_spaces_and_letters_of_other_scripts_is_fine(tmp_path: Path) -> None:
    path = layouts.saved(layouts.plain(), tmp_path / "Modèle 最好 №1" / "poids é.pth")
    assert inspect_checkpoint(path).name == "poids é"


def test_the_network_does_not_depend_on_the_file(tmp_path: Path) -> None:
    weights, path = layouts.plain(), tmp_path / "a.pth"
    loaded = open_checkpoint(layouts.saved(weights, path))
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
    layouts.assert_same_weights(loaded.network, weights)


STARTS = [b"", b"PK\x03\x04", b"\x80\x02", b"\x40\0\0\0\0\0\0\0{"]
FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FAST
@given(seed=st.integers(0, 2**32), legacy=st.booleans(), flips=st.integers(1, 30))
def test_a_file_with_changed_bytes_is_weights_or_one_line(
    tmp_path: Path, seed: int, legacy: bool, flips: int
) -> None:
    path = tmp_path / "a.pth"
    torch.save(
        {"model": {"a.weight": torch.ones(8)}, "epoch": 3}, path, _use_new_zipfile_serialization=not legacy
    )
    content, choice = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(flips):
        content[choice.randrange(len(content))] = choice.randrange(256)
    path.write_bytes(content)
    try:
        inspect_checkpoint(path)
    except CheckpointError as error:
        assert "\n" not in str(error)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"", b"PK\x03\x04", b"\x80\x02", b"\x40\0\0\0\0\0\0\0{"]),
    rest=st.binary(max_size=300),
)
def test_any_bytes_are_one_line(tmp_path: Path, start: bytes, rest: bytes) -> None:
    path = tmp_path / "a.pth"
    path.write_bytes(start + rest)
    with pytest.raises(CheckpointError) as caught:
        inspect_checkpoint(path)
    assert "\n" not in str(caught.value)
