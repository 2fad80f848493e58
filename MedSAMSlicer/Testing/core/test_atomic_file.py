"""A file appears whole or not at all, and nothing is left behind."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from medsam_core import atomic_file
from medsam_core.atomic_file import atomic_output, check_output, full_suffix
from medsam_core.errors import OutputError, VolumeError


def test_the_file_appears_when_the_block_ends_and_not_before(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    with atomic_output(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".")
    assert target.read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


@pytest.mark.parametrize("name", ["a.seg.nrrd", "a.nii.gz", "b.c.png", "plain", "A.NII.GZ"])
def test_the_temporary_name_has_the_suffix_that_names_the_format(tmp_path: Path, name: str) -> None:
    with atomic_output(tmp_path / name) as temporary:
        assert full_suffix(temporary) == full_suffix(Path(name))
    assert full_suffix(Path("x.y.seg.nrrd")) == ".seg.nrrd"
    assert full_suffix(Path("scan.2024.01.nii.gz")) == ".nii.gz"


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit, MemoryError, VolumeError])
@pytest.mark.parametrize("existing", [None, "old"])
def test_whatever_ends_the_block_the_folder_is_as_it_was(
    tmp_path: Path, failure: type[BaseException], existing: str | None
) -> None:
    target = tmp_path / "out.txt"
    if existing:
        target.write_text(existing)
    error = failure("a", "b", "c") if failure is VolumeError else failure()
    with pytest.raises(failure), atomic_output(target, overwrite=True) as temporary:
        temporary.write_text("half")
        raise error
    assert [path.name for path in tmp_path.iterdir()] == (["out.txt"] if existing else [])
    assert not existing or target.read_text() == existing


def test_an_existing_file_is_replaced_only_if_asked(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(OutputError, match=r"out\.txt: exists already; pass --force"), atomic_output(target):
        pass
    assert target.read_text() == "old"
    with atomic_output(target, overwrite=True) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"


def test_a_file_that_appears_in_the_meantime_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    with pytest.raises(OutputError, match="exists already"), atomic_output(target) as temporary:
        temporary.write_text("mine")
        target.write_text("theirs")
    assert target.read_text() == "theirs"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "no space left"),
        (errno.EDQUOT, "quota"),
        (errno.EACCES, "not permitted"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "cannot be written"),
    ],
)
def test_what_the_system_refuses_becomes_one_line_and_leaves_nothing(
    tmp_path: Path, code: int, words: str
) -> None:
    target = tmp_path / "out.txt"
    with pytest.raises(OutputError, match=words) as caught, atomic_output(target) as temporary:
        temporary.write_text("half")
        raise OSError(code, os.strerror(code))
    assert str(caught.value).startswith(f"{target}: ")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_while_flushing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic_file.os, "fsync", full)
    with pytest.raises(OutputError, match="no space left"), atomic_output(tmp_path / "a") as temporary:
        temporary.write_text("x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/out.txt", "does not exist; create it first"),
        ("file/out.txt", "does not exist"),
        ("folder", "is not a file"),
        ("x" * 300, "too long"),
    ],
)
def test_paths_that_cannot_be_written_are_refused_before_the_block_runs(
    tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    ran = False
    with pytest.raises(OutputError, match=words), atomic_output(tmp_path / name, overwrite=True):
        ran = True
    assert not ran


def test_a_folder_without_write_permission_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    probe = folder / "probe"
    with contextlib.suppress(OSError):
        probe.touch()
        probe.unlink()
        pytest.skip("this user may write anywhere")
    with pytest.raises(OutputError, match="not permitted"), atomic_output(folder / "out"):
        pass


def test_a_path_can_be_checked_before_the_work(tmp_path: Path) -> None:
    check_output(tmp_path / "new.txt")
    (tmp_path / "old.txt").write_text("")
    check_output(tmp_path / "old.txt", overwrite=True)
    with pytest.raises(OutputError):
        check_output(tmp_path / "old.txt")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_file_is_as_open_to_others_as_any_new_file_is(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with atomic_output(tmp_path / "weights.safetensors") as temporary:
        save_file({"a": np.zeros(3, np.float32)}, temporary)  # leaves a file that only its owner may read
    expected, found = ((tmp_path / name).stat().st_mode for name in ("plain", "weights.safetensors"))
    assert oct(found) == oct(expected)
