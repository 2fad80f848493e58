"""What the extension installs, held by reading its CMake files against the tree."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "MedSAMSlicer"
TRAINING = REPOSITORY / "training"


def listed(cmake: Path) -> set[Path]:
    """The files that the globs of a CMake file find."""
    found: set[Path] = set()
    pattern = r"file\((GLOB|GLOB_RECURSE) \w+ RELATIVE \$\{CMAKE_CURRENT_SOURCE_DIR\}[^)]*?DEPENDS([^)]*)\)"
    for kind, globs in re.findall(pattern, cmake.read_text(encoding="utf-8")):
        for glob in globs.split():
            folder, _, name = glob.rpartition("/")
            start = cmake.parent / folder
            found |= set(start.rglob(name) if kind == "GLOB_RECURSE" else start.glob(name))
    return {path for path in found if path.is_file() and "__pycache__" not in path.parts}


def sources(root: Path) -> set[Path]:
    return {path for path in root.rglob("*.py") if "__pycache__" not in path.parts}


def test_every_source_file_of_the_packages_is_installed() -> None:
    packages = sources(MODULE / "medsam_core") | sources(MODULE / "MedSAMSlicerLib")
    assert packages <= listed(MODULE / "CMakeLists.txt")
    assert sources(TRAINING / "medsam_training") == {
        path for path in listed(TRAINING / "CMakeLists.txt") if path.suffix == ".py"
    }


def test_every_other_file_that_the_packages_read_is_installed() -> None:
    for package, cmake in (
        (MODULE / "medsam_core", MODULE / "CMakeLists.txt"),
        (MODULE / "MedSAMSlicerLib", MODULE / "CMakeLists.txt"),
        (TRAINING / "medsam_training", TRAINING / "CMakeLists.txt"),
    ):
        data = {p for p in package.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")}
        assert data <= listed(cmake), (
            "a file that is no source file would be missing in the installed extension"
        )


def test_every_resource_and_every_test_that_runs_in_slicer_is_installed() -> None:
    wanted = {path for path in (MODULE / "Resources").rglob("*") if path.is_file()}
    wanted |= sources(MODULE / "Testing" / "in_slicer")
    assert wanted - listed(MODULE / "CMakeLists.txt") == set()


def test_the_browser_face_is_not_installed_into_slicer() -> None:
    assert not [path for path in listed(MODULE / "CMakeLists.txt") if "medsam_viewer" in path.parts]


def test_only_the_module_lies_where_slicer_takes_every_file_for_a_module() -> None:
    assert [path.name for path in MODULE.glob("*.py")] == ["MedSAMSlicer.py"]


def test_every_folder_of_the_packages_can_be_imported() -> None:
    roots = (MODULE / "medsam_core", MODULE / "MedSAMSlicerLib", TRAINING / "medsam_training")
    folders = {path.parent for root in roots for path in sources(root)}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_extension_says_of_itself_what_the_index_asks_for() -> None:
    cmake = (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")
    for name in ("HOMEPAGE", "CONTRIBUTORS", "DESCRIPTION", "ICONURL", "SCREENSHOTURLS", "DEPENDS"):
        assert f"set(EXTENSION_{name}" in cmake
    for part in re.findall(r"add_subdirectory\((\w+)\)", cmake):
        assert (REPOSITORY / part / "CMakeLists.txt").exists()
    entry = json.loads((REPOSITORY / "MedSAMSlicer.json").read_text(encoding="utf-8"))
    assert entry["category"] == "Segmentation" and entry["build_dependencies"] == ["PyTorch"]
    assert entry["scm_url"].rpartition("/")[2].startswith("Slicer"), (
        "the index takes no other repository name"
    )
    assert (REPOSITORY / "LICENSE.txt").exists()


@pytest.mark.parametrize("name", ["slicer-effect.png", "slicer-module.png"])
def test_pictures_that_the_extension_shows_exist(name: str) -> None:
    assert name in (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")
    assert (REPOSITORY / "docs" / "images" / name).exists()


def test_the_icon_is_square_and_of_the_size_that_the_index_wants() -> None:
    content = (MODULE / "Resources" / "Icons" / "MedSAMSlicer.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (128, 128)
