"""Installing packages into Slicer's Python without moving what is there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from MedSAMSlicerLib.required_packages import InstalledVersion

PINNED = ("numpy", "scipy", "SimpleITK", "vtk", "requests", "pillow", "torch", "torchvision", "torchaudio")
"""What Slicer and other extensions rely on: its version stays, whatever a package would rather have."""

PipInstall = Callable[[list[str]], object]
"""As `slicer.util.pip_install`: takes the arguments of ``pip install``, raises if pip fails."""

PipEnsure = Callable[[list[str], Path], object]
"""Takes requirements and a file of constraints; shows progress where Slicer can (5.12 and newer)."""


class PackageInstaller:
    """Installs packages by pip, from the network or from a folder of wheels.

    Args:
        pip_install: runs pip.
        pip_ensure: the same with progress, for installing from the network; by default `pip_install`.
        installed: tells the versions to be kept.
    """

    def __init__(
        self, pip_install: PipInstall, installed: InstalledVersion, pip_ensure: PipEnsure | None = None
    ) -> None:
        self._pip_install, self._pip_ensure, self._installed = pip_install, pip_ensure, installed

    def install(self, requirements: Sequence[str], wheels: Path | None = None) -> None:
        """Install what is named and what that needs.

        Args:
            requirements: as pip takes them.
            wheels: a folder with everything that is needed; the network is not used then.

        Raises:
            Exception: whatever `pip_install` raises if pip fails: CalledProcessError, in Slicer.
        """
        with tempfile.TemporaryDirectory(prefix="medsam-") as folder:
            constraints = Path(folder) / "constraints.txt"
            constraints.write_text("".join(f"{line}\n" for line in self._kept()), encoding="utf-8")
            if wheels is None and self._pip_ensure is not None:
                self._pip_ensure(list(requirements), constraints)
                return
            offline = [] if wheels is None else ["--no-index", "--find-links", str(wheels)]
            self._pip_install([*requirements, "--constraint", str(constraints), *offline])

    def _kept(self) -> list[str]:
        versions = ((name, self._installed(name)) for name in PINNED)
        return [f"{name}=={version}" for name, version in versions if version is not None]
