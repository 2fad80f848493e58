"""The ways in which Slicer installs Python packages."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import slicer

from MedSAMSlicerLib.dependencies import Dependencies
from MedSAMSlicerLib.package_installer import PackageInstaller, PipEnsure
from MedSAMSlicerLib.required_packages import installed_version, read_required


class PyTorchExtension:
    """See `dependencies.TorchInstaller`."""

    @property
    def is_there(self) -> bool:
        """See `TorchInstaller.is_there`."""
        return importlib.util.find_spec("PyTorchUtils") is not None

    def install(self, versions: str) -> None:
        """See `TorchInstaller.install`. The user was asked before, with the size."""
        from PyTorchUtils import PyTorchUtilsLogic

        PyTorchUtilsLogic().installTorch(askConfirmation=False, torchVersionRequirement=versions)


def dependencies_in_slicer(requirements_file: Path) -> Dependencies:
    """What has to be installed into this Slicer."""
    installer = PackageInstaller(slicer.util.pip_install, installed_version, _pip_ensure())
    return Dependencies(read_required(requirements_file), installer, PyTorchExtension())


def _pip_ensure() -> PipEnsure | None:
    """Slicer's installation with a progress window, which 5.12 and newer have."""
    if importlib.util.find_spec("slicer.packaging") is None:
        return None
    from slicer.packaging import pip_ensure

    def ensure(requirements: list[str], constraints: Path) -> None:
        pip_ensure(requirements, constraints=constraints, prompt_install=False, requester="MedSAM")

    return ensure
