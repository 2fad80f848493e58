"""An embedding survives a file, and nothing but a whole file of its kind is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from medsam_core.errors import MedSAMError
from medsam_core.inference.embedding import Embedding
from medsam_core.inference.image_frame import ImageFrame


def an_embedding(kind: type = np.float32, key: str = "k") -> Embedding:
    rng = np.random.default_rng(0)
    maps = tuple(rng.normal(size=(1, c, s, s)).astype(kind) for c, s in ((8, 16), (4, 32)))
    return Embedding(maps, ImageFrame((30, 40), (48, 64), 64), "medsam", "a" * 64, key)


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_it_is_read_back_as_it_was_written(tmp_path: Path, kind: type) -> None:
    embedding = an_embedding(kind)
    embedding.save(tmp_path / "e.safetensors")
    read = Embedding.load(tmp_path / "e.safetensors")
    assert (read.frame, read.preset, read.model, read.key) == (
        embedding.frame,
        embedding.preset,
        embedding.model,
        embedding.key,
    )
    for ours, theirs in zip(read.features, embedding.features, strict=True):
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)


def test_its_bytes_are_those_of_its_maps() -> None:
    assert an_embedding().nbytes == 2 * an_embedding(np.float16).nbytes == 4 * (8 * 16 * 16 + 4 * 32 * 32)


def test_a_backend_gets_float32_whatever_is_stored() -> None:
    assert {feature.dtype for feature in an_embedding(np.float16).as_float32()} == {np.dtype(np.float32)}


def test_a_cut_or_changed_file_is_refused_at_any_byte(tmp_path: Path) -> None:
    path = tmp_path / "e.safetensors"
    an_embedding().save(path)
    whole = path.read_bytes()
    for length in (0, 4, 8, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(MedSAMError, match="not a whole embedding"):
            Embedding.load(path)
    for place in (0, 20, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(MedSAMError, match="not a whole embedding"):
            Embedding.load(path)


def test_files_of_other_kinds_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.safetensors"
    save_file({"features.0": np.zeros((1, 2, 3, 3), np.float32)}, path)
    with pytest.raises(MedSAMError):
        Embedding.load(path)
    torch.save({"features.0": torch.zeros(1)}, path)
    with pytest.raises(MedSAMError):
        Embedding.load(path)
    with pytest.raises(MedSAMError):
        Embedding.load(tmp_path / "absent")
    with pytest.raises(MedSAMError):
        Embedding.load(tmp_path)


@pytest.mark.parametrize(
    "maps",
    [
        (np.zeros((2, 3, 4, 4), np.float32),),
        (np.zeros((1, 3, 4), np.float32),),
        (np.zeros((1, 3, 4, 4), np.float64),),
        (np.zeros((1, 3, 4, 4), np.int8),),
    ],
    ids=["two pictures", "no map", "float64", "integers"],
)
def test_maps_of_other_shapes_or_types_are_refused(tmp_path: Path, maps: tuple) -> None:
    path = tmp_path / "e.safetensors"
    Embedding(maps, ImageFrame((3, 4), (64, 64), 64), "medsam", "m").save(path)
    with pytest.raises(MedSAMError):
        Embedding.load(path)
