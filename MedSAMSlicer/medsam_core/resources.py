"""Where the files that travel with the program lie: the demo model, the demo case."""

from __future__ import annotations

from pathlib import Path

from medsam_core.errors import MedSAMError

_PACKAGE = Path(__file__).resolve().parent
# An installed wheel carries them inside the package; in Slicer and in a checkout they lie beside it.
_HOMES = (_PACKAGE / "resources", _PACKAGE.parent / "Resources")


class ResourceMissing(MedSAMError):
    """A file that should have been installed with the program is not there."""


def resource_path(name: str) -> Path:
    """Find a bundled file or folder, e.g. ``resource_path("Models/demo.safetensors")``.

    Raises:
        ResourceMissing: the installation lacks it.
    """
    for home in _HOMES:
        if (home / name).exists():
            return home / name
    raise ResourceMissing(name, "this bundled file is missing", "install medsam-slicer again")
