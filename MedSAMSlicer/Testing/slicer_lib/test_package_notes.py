"""Packages that hide ours, and a torchvision that does not fit."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest

from MedSAMSlicerLib.package_notes import shadow_of, unfit_torchvision


def a_package(folder: Path, text: str) -> Path:
    """A package of the name medsam_core_x in a folder."""
    package = folder / "medsam_core_x"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(text)
    return package


def test_a_package_of_another_place_is_told_if_it_is_not_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, site = tmp_path / "extension", tmp_path / "site-packages"
    ours, theirs = a_package(home, "NEW = 1\n"), a_package(site, "OLD = 1\n")
    monkeypatch.syspath_prepend(str(site))
    ask = partial(shadow_of, "medsam_core_x", home, "medsam-slicer", {"medsam-slicer": "0.1.0"}.get)
    assert ask() == (
        f"medsam_core_x 0.1.0 in {theirs} is used instead of the extension's own, and differs from it;"
        " remove it: pip uninstall medsam-slicer"
    )
    (theirs / "__init__.py").write_text("NEW = 1\n")
    assert ask() == ""
    (ours / "more.py").touch()
    assert ask() != ""
    monkeypatch.syspath_prepend(str(home))
    assert ask() == ""
    assert shadow_of("medsam_core_y", home, "medsam-slicer", lambda name: None) == ""


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
