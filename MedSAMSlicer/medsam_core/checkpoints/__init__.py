"""Checkpoints: reading any format, fetching published ones, writing our own.

The names below are imported when first used, so that the catalog and downloads work without torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "CATALOG": "catalog",
    "CatalogRow": "catalog",
    "CheckpointInfo": "info",
    "Converted": "convert",
    "LoadedCheckpoint": "loaded_checkpoint",
    "OwnHeader": "own",
    "fetched_path": "catalog",
    "inspect_checkpoint": "loaded_checkpoint",
    "locate_checkpoint": "names",
    "open_checkpoint": "loaded_checkpoint",
    "write_own": "own",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
