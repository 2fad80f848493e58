"""Installed packages that a user should know of: one that hides ours, a torchvision that does not fit."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

from packaging.requirements import Requirement

from MedSAMSlicerLib.required_packages import InstalledVersion


def shadow_of(package: str, home: Path, ours: str, installed: InstalledVersion, distribution: str) -> str:
    """A sentence if Python takes a package from elsewhere than where we lie; "" if all is well.

    Slicer puts the folders of modules behind the packages that pip installed, so one of the same name wins.

    Args:
        package: its import name.
        home: the folder ours lies in.
        ours: our version.
        installed: tells the version that pip installed.
        distribution: its name for pip.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None or Path(spec.origin).resolve().is_relative_to(home.resolve()):
        return ""
    theirs = installed(distribution)
    if theirs == ours:
        return ""
    return (
        f"{package} {theirs or 'of unknown version'} in {Path(spec.origin).parent} is used instead of the"
        f" extension's {ours}; remove it: pip uninstall {distribution}"
    )


def unfit_torchvision(installed: InstalledVersion) -> str:
    """A sentence if the installed torchvision was made for another PyTorch. Nothing here uses it."""
    torch, vision = installed("torch"), installed("torchvision")
    if torch is None or vision is None:
        return ""
    wanted = [Requirement(line) for line in importlib.metadata.requires("torchvision") or ()]
    if all(one.specifier.contains(torch, prereleases=True) for one in wanted if one.name == "torch"):
        return ""
    return f"torchvision {vision} was not made for PyTorch {torch}; MedSAM does not use it"
