"""The packages that MedSAM needs besides what Slicer has, as `Resources/requirements.txt` lists them."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

InstalledVersion = Callable[[str], str | None]
"""Version of an installed package by its name; None if it is not installed."""

_SIZE = "# MB "


@dataclass(frozen=True)
class RequiredPackage:
    """A package, in the versions that will do.

    Attributes:
        requirement: as pip takes it.
        megabytes: what a download brings, what it needs itself included.
    """

    requirement: str
    megabytes: float

    @property
    def name(self) -> str:
        """As pip spells it when it compares names."""
        return canonicalize_name(Requirement(self.requirement).name)

    def is_met(self, installed: InstalledVersion) -> bool:
        """Whether a version that will do is installed."""
        found = installed(self.name)
        return found is not None and Requirement(self.requirement).specifier.contains(found, prereleases=True)


def read_required(path: Path) -> tuple[RequiredPackage, ...]:
    """The packages of a requirements file, in which a comment ``# MB 2.8`` before a line tells its size."""
    packages: list[RequiredPackage] = []
    megabytes = 0.0
    for line in map(str.strip, path.read_text(encoding="utf-8").splitlines()):
        if line.startswith(_SIZE):
            megabytes = float(line.removeprefix(_SIZE))
        elif line and not line.startswith("#"):
            packages.append(RequiredPackage(line, megabytes))
            megabytes = 0.0
    return tuple(packages)


def installed_version(name: str) -> str | None:
    """Version of a package of this Python, by what pip noted; the package itself is not imported."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
