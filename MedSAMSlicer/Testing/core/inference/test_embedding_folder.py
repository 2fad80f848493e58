"""A folder of embeddings stays within its bytes and heals itself."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import numpy as np
import pytest

from medsam_core.inference.embedding import Embedding
from medsam_core.inference.embedding_folder import EmbeddingFolder
from medsam_core.inference.image_frame import ImageFrame

KILOBYTE = 1024


def digest(n: int) -> str:
    return f"{n:064x}"


def an_embedding(n: int, kilobytes: int = 10) -> Embedding:
    maps = (np.full((1, kilobytes, 16, 16), n, np.float32),)
    return Embedding(maps, ImageFrame((9, 9), (64, 64), 64), "medsam", "m", digest(n))


@pytest.fixture
def folder(tmp_path: Path) -> EmbeddingFolder:
    return EmbeddingFolder(tmp_path / "cache", max_bytes=45 * KILOBYTE)


def test_what_is_written_is_read(folder: EmbeddingFolder) -> None:
    folder.write(digest(3), an_embedding(3))
    assert (folder.read(digest(3)).features[0] == 3).all()
    assert folder.read(digest(4)) is None


def test_the_least_recently_used_are_removed_past_the_bound(folder: EmbeddingFolder) -> None:
    for n in range(4):
        folder.write(digest(n), an_embedding(n))
        os.utime(folder.folder / f"{digest(n)}.safetensors", (n, n))
    folder.read(digest(0))  # used again
    folder.write(digest(9), an_embedding(9))
    assert folder.usage()[1] <= 45 * KILOBYTE
    assert folder.holds(digest(0))
    assert folder.holds(digest(9))
    assert not folder.holds(digest(1))


def test_one_that_is_larger_than_the_folder_is_not_written(folder: EmbeddingFolder) -> None:
    folder.write(digest(1), an_embedding(1, kilobytes=100))
    assert folder.usage() == (0, 0)


def test_a_damaged_file_is_no_answer_and_is_removed(folder: EmbeddingFolder) -> None:
    folder.write(digest(1), an_embedding(1))
    path = folder.folder / f"{digest(1)}.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert folder.read(digest(1)) is None
    assert not path.exists()
    assert folder.failures == 1


def test_a_file_under_anothers_name_is_no_answer(folder: EmbeddingFolder) -> None:
    folder.write(digest(1), an_embedding(1))
    (folder.folder / f"{digest(1)}.safetensors").rename(folder.folder / f"{digest(2)}.safetensors")
    assert folder.read(digest(2)) is None
    assert folder.usage() == (0, 0)


def test_files_of_other_programs_stay(folder: EmbeddingFolder) -> None:
    folder.write(digest(1), an_embedding(1))
    (folder.folder / "notes.txt").write_text("mine")
    folder.clear()
    assert [path.name for path in folder.folder.iterdir()] == ["notes.txt"]


def test_leftovers_of_a_process_that_died_are_removed_and_those_of_a_living_one_stay(
    folder: EmbeddingFolder,
) -> None:
    folder.write(digest(1), an_embedding(1))
    dead, living = folder.folder / f".tmp-{0:016x}", folder.folder / f".tmp-{1:016x}"
    dead.write_bytes(b"x")
    living.write_bytes(b"x")
    os.utime(dead, (time.time() - 7200,) * 2)
    folder.usage()
    assert not dead.exists()
    assert living.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permission bits")
def test_only_the_user_may_enter_a_folder_of_patients_images(folder: EmbeddingFolder) -> None:
    folder.write(digest(1), an_embedding(1))
    assert stat.S_IMODE(folder.folder.stat().st_mode) == 0o700


def test_a_place_that_cannot_be_written_costs_nothing_but_the_copy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = EmbeddingFolder(tmp_path / "file" / "cache", max_bytes=45 * KILOBYTE)
    folder.write(digest(1), an_embedding(1))
    assert folder.failures == 1
    assert folder.read(digest(1)) is None
