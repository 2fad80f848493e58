"""What is missing, how it is said, and what installing does; with real pip in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from MedSAMSlicerLib.dependencies import TORCH, Dependencies, DependencyError
from MedSAMSlicerLib.package_installer import PackageInstaller
from MedSAMSlicerLib.required_packages import RequiredPackage
from testkit.wheels import ScratchPython, make_wheel

SMALL, OTHER = RequiredPackage("small-one>=1.5", 3.0), RequiredPackage("other-one", 17.0)


class AnExtension:
    """Slicer's PyTorch extension: installs a wheel of the name torch."""

    def __init__(self, python: ScratchPython, is_there: bool = True) -> None:
        self.python, self.is_there, self.asked = python, is_there, []  # type: ignore[var-annotated]

    def install(self, versions: str) -> None:
        self.asked.append(versions)
        self.python.pip_install([f"torch{versions}"])


@pytest.fixture
def network(tmp_path: Path) -> Path:
    folder = tmp_path / "network"
    make_wheel(folder, "small-one", "1.4")
    make_wheel(folder, "small-one", "1.9")
    make_wheel(folder, "other-one", "0.3", needs=("small-one",))
    make_wheel(folder, "torch", "2.9")
    make_wheel(folder, "torch", "2.1")
    return folder


@pytest.fixture
def python(tmp_path: Path, network: Path) -> ScratchPython:
    return ScratchPython(tmp_path / "packages", network)


def dependencies(python: ScratchPython, *, extension: bool = True) -> Dependencies:
    installer = PackageInstaller(python.pip_install, python.installed)
    return Dependencies((SMALL, OTHER), installer, AnExtension(python, extension), python.installed)


def test_what_is_missing_is_said_in_one_line_with_its_size(python: ScratchPython) -> None:
    needs = dependencies(python)
    assert needs.missing == (TORCH, SMALL, OTHER)
    assert needs.sentence == "PyTorch and 2 small packages are needed (about 220 MB)."
    python.unpack("small_one-1.9", "other_one-0.3")
    assert dependencies(python).sentence == "PyTorch is needed (about 200 MB)."
    python.unpack("torch-2.9")
    assert dependencies(python).sentence == ""
    assert dependencies(python).missing == ()


def test_one_click_installs_all_and_torch_through_its_extension_alone(python: ScratchPython) -> None:
    needs = dependencies(python)
    assert needs.can_install
    needs.install()
    assert needs.missing == () and needs.sentence == ""
    assert python.installed("torch") == "2.9"
    assert not any(argument.startswith("torch") for argument in python.calls[-1])


def test_a_package_that_is_too_old_counts_as_missing(python: ScratchPython) -> None:
    python.unpack("torch-2.9", "other_one-0.3", "small_one-1.4")
    needs = dependencies(python)
    assert needs.missing == (SMALL,)
    assert needs.sentence == "1 small package is needed (about 3 MB)."


def test_an_installed_torch_is_never_touched(python: ScratchPython) -> None:
    python.unpack("torch-2.1")
    needs = dependencies(python)
    assert needs.sentence.startswith("PyTorch 2.1 is installed, 2.4 or newer is needed: update it")
    assert not needs.can_install
    with pytest.raises(DependencyError, match="PyTorch Utils"):
        needs.install()
    assert python.installed("torch") == "2.1"


def test_no_package_may_move_what_slicer_and_others_rely_on(python: ScratchPython, network: Path) -> None:
    make_wheel(network, "numpy", "1.0")
    make_wheel(network, "numpy", "2.0")
    make_wheel(network, "other-one", "0.4", needs=("numpy>=2",))
    python.unpack("numpy-1.0", "torch-2.9")
    needs = dependencies(python)
    needs.install()
    assert python.installed("numpy") == "1.0"
    assert python.installed("other-one") == "0.3"  # not the newest, which wants another numpy


def test_without_the_extension_the_sentence_says_how_to_get_it(python: ScratchPython) -> None:
    needs = dependencies(python, extension=False)
    assert needs.sentence == (
        "PyTorch is needed: install the extension PyTorch (Extensions Manager) and restart Slicer."
    )
    assert not needs.can_install
    with pytest.raises(DependencyError, match="its installer is missing"):
        needs.install()
    assert python.calls == []


def test_a_folder_of_wheels_is_enough_without_network_and_extension(
    python: ScratchPython, tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels of mine"
    make_wheel(wheels, "small-one", "1.6")
    make_wheel(wheels, "other-one", "0.5")
    make_wheel(wheels, "torch", "2.5")
    needs = dependencies(python, extension=False)
    needs.install(wheels)
    assert needs.missing == ()
    assert [python.installed(name) for name in ("torch", "small-one", "other-one")] == ["2.5", "1.6", "0.5"]
    assert "--no-index" in python.calls[-1]


def test_an_empty_folder_is_refused_before_pip_runs(python: ScratchPython, tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"holds no wheels .* choose the folder"):
        dependencies(python).install(tmp_path)
    assert python.calls == []


def test_a_failure_of_pip_is_told_in_one_line(python: ScratchPython, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    make_wheel(wheels, "torch", "2.5")
    with pytest.raises(DependencyError, match="packages: could not be installed") as caught:
        dependencies(python).install(wheels)
    assert "\n" not in str(caught.value)


def test_the_consequences_name_everything_and_say_that_slicer_will_not_answer(python: ScratchPython) -> None:
    text = dependencies(python).consequences
    assert all(one.requirement in text for one in (TORCH, SMALL, OTHER))
    assert "does not answer" in text and "3 GB" in text
