"""From what a user types to a file: a name of the catalog, "demo", or a path."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path

from medsam_core.checkpoints.catalog import CATALOG, CatalogRow, fetched_path
from medsam_core.errors import CheckpointError
from medsam_core.resources import resource_path


def locate_checkpoint(name_or_path: str | os.PathLike[str]) -> Path:
    """Find the file that a name stands for.

    A bare name of the catalog means that model, wherever the program is started; a file that happens to
    have such a name is given as ``./medsam``. A `Path` means a file first, then a model.

    Raises:
        CheckpointError: a catalog model that has not been fetched, or no such file.
        ResourceMissing: the bundled model is not there.
    """
    if isinstance(name_or_path, str) and name_or_path in CATALOG:
        return _of_catalog(CATALOG[name_or_path])
    path = Path(name_or_path).expanduser()
    if os.path.lexists(path):
        return path
    if str(name_or_path) in CATALOG:
        return _of_catalog(CATALOG[str(name_or_path)])
    near = get_close_matches(str(name_or_path), CATALOG, n=1)
    hint = f"did you mean the model '{near[0]}'?" if near else f"or name a model: {', '.join(CATALOG)}"
    raise CheckpointError(name_or_path, "there is no such file", f"check the path, {hint}")


def _of_catalog(row: CatalogRow) -> Path:
    if row.bundled:
        return resource_path(f"Models/{row.file_name}")
    path = fetched_path(row)
    if path.is_file():
        return path
    if row.url is None:
        remedy = f"get it from {row.where} and give its path"
    else:
        remedy = f"run: medsam-slicer models fetch {row.name}"
    raise CheckpointError(row.name, f"is not on this machine ({path})", remedy)
