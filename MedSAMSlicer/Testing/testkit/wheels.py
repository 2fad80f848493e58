"""Small wheels, and a pip that installs them into a folder of its own."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path


def make_wheel(folder: Path, name: str, version: str, needs: tuple[str, ...] = ()) -> Path:
    """A wheel of one empty module.

    Args:
        folder: gets the file.
        needs: requirements of the package.
    """
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    lines = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}",
        *(f"Requires-Dist: {n}" for n in needs),
    ]
    files = {
        f"{module}.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": "\n".join(lines) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(inside, text)
    return path


class ScratchPython:
    """A folder that real pip installs into, with the manner of `slicer.util.pip_install`.

    Args:
        folder: of the packages.
        find_links: where "the network" is: pip looks there unless it is told another place.

    Attributes:
        calls: the arguments of each call.
    """

    def __init__(self, folder: Path, find_links: Path) -> None:
        self.folder, self.find_links = folder, find_links
        self.calls: list[list[str]] = []

    def pip_install(self, arguments: list[str]) -> None:
        """Run pip; raises CalledProcessError if it fails."""
        self.calls.append(arguments)
        places = [] if "--no-index" in arguments else ["--no-index", "--find-links", str(self.find_links)]
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                *("--target", str(self.folder)),
                *places,
                *arguments,
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )

    def unpack(self, *wheels: str) -> None:
        """Install wheels of "the network" (``small_one-1.4``) without pip, which takes seconds."""
        for wheel in wheels:
            with zipfile.ZipFile(self.find_links / f"{wheel}-py3-none-any.whl") as archive:
                archive.extractall(self.folder)

    def installed(self, name: str) -> str | None:
        """Version of a package in the folder."""
        found = importlib.metadata.distributions(name=name, path=[str(self.folder)])
        return next((one.version for one in found), None)
