"""The list of packages for Slicer, held against pyproject.toml and against what the engine imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from MedSAMSlicerLib.dependencies import TORCH
from MedSAMSlicerLib.required_packages import RequiredPackage, installed_version, read_required

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it

REPOSITORY = Path(__file__).resolve().parents[3]
LIST = REPOSITORY / "MedSAMSlicer" / "Resources" / "requirements.txt"

OF_SLICER = {"numpy", "scipy", "SimpleITK", "requests", "pillow"}
OF_TERMINAL_AND_BENCH = {"typer", "rich", "scikit-image"}


def of_project() -> dict[str, str]:
    """Name -> requirement, of pyproject.toml."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {Requirement(line).name: line for line in project["dependencies"]}


def test_the_list_is_that_of_the_project_without_what_slicer_brings_itself() -> None:
    left_out = OF_SLICER | OF_TERMINAL_AND_BENCH | {"torch"}
    expected = {line for name, line in of_project().items() if name not in left_out}
    assert {one.requirement for one in read_required(LIST)} == expected
    assert left_out <= of_project().keys()


def test_torch_is_wanted_in_the_versions_of_the_project() -> None:
    assert of_project()["torch"] == TORCH.requirement


def test_every_line_is_one_that_slicer_reads_too_and_has_a_size() -> None:
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert [str(Requirement(line)) for line in lines] == lines
    assert all(one.megabytes > 0 for one in read_required(LIST))


def test_the_engine_segments_with_nothing_but_the_list_slicer_and_torch() -> None:
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {'typer', 'rich', 'skimage', 'monai', 'torchvision'}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import medsam_core as medsam
from medsam_core.demo_case import DemoCase
case = DemoCase.bundled()
volume = medsam.read_volume(case.image)
prompts = medsam.read_prompts(case.prompts, volume.geometry)
result = medsam.segment_volume(volume, prompts, medsam.load_model('demo', device='cpu'))
assert result.segments[0].voxels > 1000
"""
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("requirement", "version", "is_met"),
    [
        ("torch>=2.4", "2.13.0+cpu", True),
        ("torch>=2.4", "2.3.1", False),
        ("torch>=2.4", "2.6.0.dev20250101", True),
        ("pydantic>=2.6", None, False),
        ("segment-anything==1.0", "1.0", True),
    ],
)
def test_a_requirement_is_met_by_a_version_in_its_range(
    requirement: str, version: str | None, is_met: bool
) -> None:
    assert RequiredPackage(requirement, 1).is_met(lambda name: version) is is_met


def test_an_installed_package_is_known_without_importing_it() -> None:
    assert installed_version("pytest") == pytest.__version__
    assert installed_version("no-such-package-anywhere") is None
