"""Checksums see every change of what an image is made of, and nothing else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from medsam_core.batch import content
from medsam_core.batch.case import Case
from medsam_core.batch.content import inputs_of, sha256_of_file, sha256_of_image
from medsam_core.errors import VolumeError
from medsam_core.geometry import Geometry
from testkit.batch_cases import BOX, a_ball
from testkit.dicom_files import write_series


def changed_inputs(case: Case, **changes: object) -> set[str]:
    other = Case(**{**vars(case), **changes})
    before, after = inputs_of(case), inputs_of(other)
    return {name for name in before if before[name] != after[name]}


def test_a_file_s_checksum_is_that_of_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 9_000_000)
    assert sha256_of_file(path) == sha256_of_image(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_content_prompts_and_part_count_and_names_do_not(tmp_path: Path) -> None:
    case = Case("a", a_ball(tmp_path / "a.nrrd"), (BOX,))
    again = a_ball(tmp_path / "again.nrrd")
    prompts = tmp_path / "p.json"
    prompts.write_text("{}")
    assert changed_inputs(case, id="b", output="b.nii", image=again) == set()
    assert changed_inputs(case, image=a_ball(tmp_path / "b.nrrd", 1)) == {"image"}
    assert changed_inputs(case, boxes=("1,2,3,4,5,6",)) == {"boxes"}
    assert changed_inputs(case, boxes=(), prompts=prompts) == {"boxes", "prompts"}
    assert changed_inputs(case, frame=1) == {"part"} == changed_inputs(case, series="1")


def test_any_file_of_a_dicom_folder_counts(tmp_path: Path) -> None:
    folder = tmp_path / "series"
    write_series(folder, np.zeros((3, 8, 8), np.int16), Geometry((8, 8, 3), np.eye(4)))
    before = sha256_of_image(folder)
    folder.rename(tmp_path / "moved")
    folder = tmp_path / "moved"
    assert sha256_of_image(folder) == before
    (folder / ".DS_Store").write_bytes(b"x")
    assert sha256_of_image(folder) == before
    last = max(p for p in folder.iterdir() if not p.name.startswith("."))
    last.write_bytes(last.read_bytes() + b"\0")
    changed = sha256_of_image(folder)
    assert changed != before
    (folder / "more").mkdir()
    (folder / "more" / "x.dcm").write_bytes(b"x")
    assert sha256_of_image(folder) != changed


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("a.nhdr", "NRRD0004\ntype: short\ndata file: voxels.raw\n"),
        ("a.mhd", "NDims = 3\nElementDataFile = voxels.raw\n"),
    ],
)
def test_the_voxels_beside_a_header_count(header: str, text: str, tmp_path: Path) -> None:
    path, voxels = tmp_path / header, tmp_path / "voxels.raw"
    path.write_text(text)
    voxels.write_bytes(b"abc")
    before = sha256_of_image(path)
    voxels.write_bytes(b"abd")
    assert sha256_of_image(path) != before
    path.write_text(text.replace("voxels.raw", "/etc/hostname"))
    assert sha256_of_image(path) == sha256_of_file(path)  # the reader refuses it; nothing is read here either


def test_what_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("none.nii", "x" * 300):
        with pytest.raises(VolumeError, match="does not exist"):
            inputs_of(Case("a", tmp_path / name))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.nii")
        with pytest.raises(VolumeError, match="is not a file"):
            inputs_of(Case("a", tmp_path / "pipe.nii"))
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(3):
        (folder / str(n)).write_bytes(b"")
    monkeypatch.setattr(content, "MAX_FILES", 2)
    with pytest.raises(VolumeError, match="more than 2 files"):
        inputs_of(Case("a", folder))
