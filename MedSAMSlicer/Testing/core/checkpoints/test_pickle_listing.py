"""What a pickle would build is read, not built."""

from __future__ import annotations

import pickle
from pathlib import Path

import layouts
import pytest
import torch
from bad_files import Hostile, proof_of

from medsam_core.checkpoints.pickle_listing import list_pickle


@pytest.mark.parametrize("new", [False, True])
def test_objects_are_named_and_not_built(tmp_path: Path, new: bool) -> None:
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))])
    path = tmp_path / "a.pth"
    content = {"model": {"a.weight": torch.ones(2)}, "optimizer": optimizer, "x": Hostile(proof_of(tmp_path))}
    torch.save(content, path, _use_new_zipfile_serialization=new)
    listing = list_pickle(path)
    assert listing.objects[0] == "torch.optim.adamw.AdamW"
    assert any(name.endswith(".system") for name in listing.objects)
    assert {"model", "optimizer", "a.weight"} <= listing.words
    assert not proof_of(tmp_path).exists()


def test_a_state_dict_builds_nothing_but_tensors(tmp_path: Path) -> None:
    assert list_pickle(layouts.saved(layouts.plain(), tmp_path / "a.pth")).objects == ()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_is_read(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps({"word": Path}, protocol=protocol))
    assert "pathlib.Path" in list_pickle(path).objects and "word" in list_pickle(path).words


@pytest.mark.parametrize(
    "content", [b"", b"\x80", b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", b"PK\x03\x04"]
)
def test_what_is_damaged_lists_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert list_pickle(tmp_path / "a").objects == ()
