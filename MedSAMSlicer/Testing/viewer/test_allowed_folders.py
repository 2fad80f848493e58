"""Nothing is read from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.errors import OptionError, VolumeError
from medsam_viewer.allowed_folders import AllowedFolders

IMAGES = (".nii.gz", ".nrrd")


@pytest.fixture
def a_tree(tmp_path: Path) -> Path:
    """Scans that may be opened beside a secret; a link leads from one to the other."""
    (tmp_path / "scans" / "inner").mkdir(parents=True)
    (tmp_path / "scans" / "ct.nii.gz").write_bytes(b"x")
    (tmp_path / "scans" / "notes.txt").write_text("x")
    (tmp_path / "scans-of-others").mkdir()
    (tmp_path / "secret.nrrd").write_text("x")
    (tmp_path / "scans" / "link.nrrd").symlink_to(tmp_path / "secret.nrrd")
    return tmp_path


@pytest.mark.parametrize(
    "path",
    ["../secret.nrrd", "/etc/passwd", "link.nrrd", "..", "../scans-of-others", "inner/../../secret.nrrd"],
)
def test_no_way_leads_out(a_tree: Path, path: str) -> None:
    folders = AllowedFolders((a_tree / "scans",))
    with pytest.raises(VolumeError, match="may be opened"):
        folders.resolve(path)


def test_what_does_not_exist_elsewhere_is_refused_in_the_same_words(a_tree: Path) -> None:
    folders = AllowedFolders((a_tree / "scans",))
    with pytest.raises(VolumeError, match="may be opened"):
        folders.resolve("/etc/there-is-no-such-file")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
def test_what_is_no_path_is_refused(a_tree: Path, path: str) -> None:
    folders = AllowedFolders((a_tree / "scans",))
    with pytest.raises(VolumeError):
        folders.listing(folders.resolve(path), IMAGES)


def test_the_list_holds_folders_and_images_that_may_be_opened(a_tree: Path) -> None:
    folders = AllowedFolders((a_tree / "scans",))
    assert [one.name for one in folders.listing(a_tree / "scans", IMAGES)] == ["inner", "ct.nii.gz"]
    assert [one.name for one in folders.listing(a_tree / "scans", (".txt",))] == ["inner", "notes.txt"]
    assert folders.parent(a_tree / "scans" / "inner") == (a_tree / "scans").resolve()
    assert folders.parent(a_tree / "scans") is None


def test_the_image_of_the_command_line_opens_no_other_of_its_folder(a_tree: Path) -> None:
    folders = AllowedFolders((), a_tree / "secret.nrrd")
    assert folders.resolve(str(a_tree / "secret.nrrd")) == (a_tree / "secret.nrrd").resolve()
    with pytest.raises(VolumeError):
        folders.resolve(str(a_tree / "scans" / "ct.nii.gz"))


def test_a_folder_that_does_not_exist_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="no folder"):
        AllowedFolders((tmp_path / "nowhere",))


def test_links_in_a_circle_are_left_out_of_the_list(a_tree: Path) -> None:
    (a_tree / "scans" / "circle.nrrd").symlink_to("circle.nrrd")
    folders = AllowedFolders((a_tree / "scans",))
    assert [one.name for one in folders.listing(a_tree / "scans", IMAGES)] == ["inner", "ct.nii.gz"]
