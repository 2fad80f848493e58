"""Installed packages that a user should know of: one that hides ours, a torchvision that does not fit."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

from packaging.requirements import Requirement

from MedSAMSlicerLib.required_packages import InstalledVersion


def shadow_of(package: str, home: Path, distribution: str, installed: InstalledVersion) -> str:
    """A sentence if Python takes other code than ours for a package; "" if all is well.

    Slicer puts the folders of modules behind the packages that pip installed, so one of the same name wins.
    The sources are compared, not their versions: of two with one version one may be older.

    Args:
        package: its import name.
        home: the folder in which ours lies.
        distribution: its name for pip.
        installed: tells the version that pip installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    ours, theirs = (home / package).resolve(), Path(spec.origin).resolve().parent
    if theirs == ours or _sources(theirs) == _sources(ours):
        return ""
    return (
        f"{package} {installed(distribution) or 'of unknown version'} in {theirs} is used instead of the"
        f" extension's own, and differs from it; remove it: pip uninstall {distribution}"
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


def _sources(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.py")}
