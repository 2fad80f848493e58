"""A specialist's weights on disk: no pickle, nothing believed unchecked."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from medsam_core.errors import CheckpointError
from medsam_training.compare.specialist import Specialist
from medsam_training.compare.specialist_file import (
    METADATA_KEY,
    SpecialistHeader,
    read_specialist,
    write_specialist,
)
from medsam_training.compare.specialist_kinds import KINDS, build_specialist


def header(kind: str = "unet") -> SpecialistHeader:
    return SpecialistHeader("mine", kind, 32, 8, "CC0-1.0", {"epochs": 3})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("half", [False, True])
def test_what_is_written_is_read_again(kind: str, half: bool, tmp_path: Path) -> None:
    network = build_specialist(kind, 32, 8, seed=1)
    path = write_specialist(network, header(kind), tmp_path / "w.safetensors", half)
    read, said = read_specialist(path)
    assert said == header(kind)
    assert not read.training
    for name, tensor in network.state_dict().items():
        wanted = tensor.half().float() if half else tensor
        assert torch.equal(read.state_dict()[name], wanted), name


def test_the_file_is_safetensors_with_one_json_header(tmp_path: Path) -> None:
    path = write_specialist(build_specialist("unet", 32, 8, 0), header(), tmp_path / "w.safetensors")
    with safe_open(path, "pt") as file:
        said = json.loads(file.metadata()[METADATA_KEY])
    assert said["kind"] == "unet" and said["image_size"] == 32 and said["training"] == {"epochs": 3}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "resnet"}, "its JSON does not fit: kind"),
        ({"image_size": 1 << 20}, "its JSON does not fit: image_size"),
        ({"width": 100_000}, "its JSON does not fit: width"),
        ({"format": 2}, "its JSON does not fit: format"),
        ({"width": 16}, "its weights are not those of a unet of width 16"),
    ],
)
def test_a_header_that_lies_is_told(change: dict, message: str, tmp_path: Path) -> None:
    path = write_specialist(build_specialist("unet", 32, 8, 0), header(), tmp_path / "w.safetensors")
    with safe_open(path, "pt") as file:
        said = json.loads(file.metadata()[METADATA_KEY])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, path, metadata={METADATA_KEY: json.dumps(said | change)})
    with pytest.raises(CheckpointError, match=message):
        read_specialist(path)


def test_other_files_are_refused_and_no_code_runs(tmp_path: Path) -> None:
    plain, pickled = tmp_path / "plain.safetensors", tmp_path / "pickle.safetensors"
    save_file({"a": torch.zeros(1)}, plain)
    pickled.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(CheckpointError, match="is no specialist"):
        read_specialist(plain)
    with pytest.raises(CheckpointError, match="is damaged"):
        read_specialist(pickled)


def test_weights_that_diverged_are_not_written(tmp_path: Path) -> None:
    network: Specialist = build_specialist("unet", 32, 8, 0)
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    with pytest.raises(CheckpointError, match="NaN or infinite"):
        write_specialist(network, header(), tmp_path / "w.safetensors")
    assert list(tmp_path.iterdir()) == []
