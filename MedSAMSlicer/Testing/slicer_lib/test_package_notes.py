"""Packages that hide ours, and a torchvision that does not fit."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from MedSAMSlicerLib.package_notes import shadow_of, unfit_torchvision


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "extension"


def test_a_package_of_another_place_and_version_is_told(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "site-packages" / "medsam_core_x"
    elsewhere.mkdir(parents=True)
    (elsewhere / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(elsewhere.parent))
    told = shadow_of("medsam_core_x", home, "0.2.0", {"medsam-slicer": "0.1.0"}.get, "medsam-slicer")
    assert told == (
        f"medsam_core_x 0.1.0 in {elsewhere} is used instead of the extension's 0.2.0;"
        " remove it: pip uninstall medsam-slicer"
    )
    same = shadow_of("medsam_core_x", home, "0.1.0", {"medsam-slicer": "0.1.0"}.get, "medsam-slicer")
    ours = shadow_of("medsam_core_x", tmp_path, "0.2.0", {"medsam-slicer": "0.1.0"}.get, "medsam-slicer")
    absent = shadow_of("medsam_core_y", home, "0.2.0", lambda name: None, "medsam-slicer")
    assert (same, ours, absent) == ("", "", "")


def test_a_torchvision_for_another_torch_is_known_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "torchvision-0.99.0.dist-info"
    info.mkdir()
    lines = ("Metadata-Version: 2.1", "Name: torchvision", "Version: 0.99.0", "Requires-Dist: torch==2.9.0")
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    fit = {"torch": "2.9.0+cpu", "torchvision": "0.99.0"}
    assert unfit_torchvision(fit.get) == ""
    told = unfit_torchvision({**fit, "torch": "2.4.1"}.get)
    assert told == "torchvision 0.99.0 was not made for PyTorch 2.4.1; MedSAM does not use it"
    assert unfit_torchvision({"torch": "2.9.0"}.get) == ""
    assert "torchvision" not in sys.modules
