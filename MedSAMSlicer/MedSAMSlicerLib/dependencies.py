"""What has to be installed before a model can run: said in one line, installed at one click."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from medsam_core.errors import MedSAMError
from MedSAMSlicerLib.required_packages import InstalledVersion, RequiredPackage, installed_version

TORCH = RequiredPackage("torch>=2.4", 200)
"""PyTorch for a CPU. For an NVIDIA GPU it is about 3 GB. The range is that of pyproject.toml."""


class DependencyError(MedSAMError):
    """A package that could not be installed."""


class Installer(Protocol):
    """`package_installer.PackageInstaller`."""

    def install(self, requirements: Sequence[str], wheels: Path | None = None) -> None:
        """Install packages, from a folder of wheels or else from the network."""


class TorchInstaller(Protocol):
    """Slicer's PyTorch extension; it picks the build that fits the machine."""

    @property
    def is_there(self) -> bool:
        """Whether the extension is installed."""

    def install(self, versions: str) -> None:
        """Install PyTorch, in versions such as ">=2.4". Slicer does not answer meanwhile."""


class Dependencies:
    """The packages that models need.

    Nothing is imported to find out what is missing: a broken torchvision, which is not used, or a broken
    PyTorch cannot hurt the panel.

    Args:
        packages: besides PyTorch, by default those of `Resources/requirements.txt`.
        installer: for those packages.
        torch_installer: for PyTorch.
        installed: tells versions.
    """

    def __init__(
        self,
        packages: Sequence[RequiredPackage],
        installer: Installer,
        torch_installer: TorchInstaller,
        installed: InstalledVersion = installed_version,
    ) -> None:
        self._packages, self._installed = tuple(packages), installed
        self._installer, self._torch_installer = installer, torch_installer
        self._is_complete = False

    @property
    def missing(self) -> tuple[RequiredPackage, ...]:
        """What is not installed, or only in a version that will not do; PyTorch first."""
        if self._is_complete:
            return ()
        found = tuple(one for one in (TORCH, *self._packages) if not one.is_met(self._installed))
        self._is_complete = not found
        return found

    @property
    def sentence(self) -> str:
        """What is missing, in one line with its size; "" if nothing is."""
        missing = self.missing
        if not missing:
            return ""
        if self._old_torch is not None:
            return f"PyTorch {self._old_torch} is installed, {_versions(TORCH)} is needed: {_UPDATE}."
        if TORCH in missing and not self._torch_installer.is_there:
            return f"PyTorch is needed: {_GET_EXTENSION}."
        count = len(missing) - (TORCH in missing)
        names = ["PyTorch"] if TORCH in missing else []
        names += [f"{count} small package{'s' if count > 1 else ''}"] if count else []
        verb = "are" if count > 1 or len(names) > 1 else "is"
        return f"{' and '.join(names)} {verb} needed (about {_size(missing)})."

    @property
    def can_install(self) -> bool:
        """Whether `install` has what it takes without a folder of wheels."""
        missing = self.missing
        no_torch = TORCH in missing and not self._torch_installer.is_there
        return bool(missing) and self._old_torch is None and not no_torch

    @property
    def consequences(self) -> str:
        """What pressing the button does, in full; to be shown before."""
        names = ", ".join(one.requirement for one in self.missing)
        torch = (
            " Of PyTorch the build for this machine is taken, with an NVIDIA GPU about 3 GB, and torchvision."
            " Slicer does not answer until it is there, some minutes, and it cannot be cancelled."
        )
        return (
            f"Installs into Slicer's own Python: {names}. What is installed keeps its version."
            f"{torch if TORCH in self.missing else ''}"
        )

    def install(self, wheels: Path | None = None) -> None:
        """Install what is missing; returns when it is done.

        Args:
            wheels: a folder of wheels with everything that is missing, for machines without network; PyTorch
                too, if it is missing.

        Raises:
            DependencyError: it could not be installed, or is not there afterwards.
        """
        missing = self.missing
        self._check(wheels)
        if TORCH in missing and wheels is None:
            self._run(
                lambda: self._torch_installer.install(TORCH.requirement.removeprefix("torch")), "PyTorch"
            )
        others = [one.requirement for one in missing if one != TORCH or wheels is not None]
        if others:
            self._run(lambda: self._installer.install(others, wheels), "packages")
        importlib.invalidate_caches()
        if self.missing:
            names = ", ".join(one.requirement for one in self.missing)
            raise DependencyError(names, "not there after the installation", "look into the Python console")

    @property
    def _old_torch(self) -> str | None:
        """The version of a PyTorch that will not do; it is never replaced, others may rely on it."""
        version = self._installed("torch")
        return None if version is None or TORCH.is_met(self._installed) else version

    def _check(self, wheels: Path | None) -> None:
        if self._old_torch is not None:
            problem = f"version {self._old_torch} is installed, {_versions(TORCH)} is needed"
            raise DependencyError("PyTorch", problem, _UPDATE)
        if wheels is not None and not any(wheels.glob("*.whl")):
            raise DependencyError(wheels, "holds no wheels (*.whl)", "choose the folder they are in")
        if wheels is None and TORCH in self.missing and not self._torch_installer.is_there:
            raise DependencyError("PyTorch", "its installer is missing", _GET_EXTENSION)

    def _run(self, install: Callable[[], None], what: str) -> None:
        try:
            install()
        except Exception as error:
            told = " ".join(str(error).split())[:200] or type(error).__name__
            remedy = "see the Python console for pip's own words, and try again"
            raise DependencyError(what, f"could not be installed ({told})", remedy) from error


_UPDATE = "update it in the module PyTorch Utils and restart Slicer"
_GET_EXTENSION = "install the extension PyTorch (Extensions Manager) and restart Slicer"


def _versions(package: RequiredPackage) -> str:
    return f"{package.requirement.partition('>=')[2]} or newer"


def _size(packages: Sequence[RequiredPackage]) -> str:
    total = sum(one.megabytes for one in packages)
    return f"{round(total, -1):.0f} MB" if total >= 100 else f"{max(total, 1):.0f} MB"
