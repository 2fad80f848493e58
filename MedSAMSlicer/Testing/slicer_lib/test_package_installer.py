"""How pip is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from MedSAMSlicerLib.package_installer import PINNED, PackageInstaller
from testkit.wheels import ScratchPython, make_wheel


@pytest.fixture
def python(tmp_path: Path) -> ScratchPython:
    make_wheel(tmp_path / "network", "wanted", "1.0")
    return ScratchPython(tmp_path / "packages", tmp_path / "network")


def test_the_versions_of_slicer_are_a_constraint(python: ScratchPython) -> None:
    seen: list[str] = []

    def pip_install(arguments: list[str]) -> None:
        seen.extend(Path(arguments[arguments.index("--constraint") + 1]).read_text().splitlines())
        python.pip_install(arguments)

    versions = {"numpy": "2.0.2", "torch": "2.9.0+cu128"}
    PackageInstaller(pip_install, versions.get).install(["wanted"])
    assert seen == ["numpy==2.0.2", "torch==2.9.0+cu128"]
    assert python.installed("wanted") == "1.0"


def test_slicers_own_installation_is_used_where_there_is_one_but_for_wheels(
    python: ScratchPython, tmp_path: Path
) -> None:
    asked: list[list[str]] = []
    installer = PackageInstaller(
        python.pip_install, python.installed, lambda names, constraints: asked.append(names)
    )
    installer.install(["wanted"])
    assert (asked, python.calls) == ([["wanted"]], [])
    installer.install(["wanted"], tmp_path / "network")
    assert len(asked) == 1 and python.installed("wanted") == "1.0"


def test_torch_and_numpy_are_among_what_stays() -> None:
    assert {"torch", "torchvision", "numpy"} <= set(PINNED)
