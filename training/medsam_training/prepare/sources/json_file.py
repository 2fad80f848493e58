"""JSON files that describe a data set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from medsam_training.prepare.errors import SourceError

_LARGEST = 256 << 20


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object of at most 256 MB.

    Raises:
        SourceError: it is too large, cannot be read, or is none.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise SourceError(path, f"is larger than {_LARGEST >> 20} MB", "split it")
        value = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
        raise SourceError(path, problem, "check its permissions") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(path, f"is not JSON ({error})", "correct it") from error
    if not isinstance(value, dict):
        raise SourceError(path, "is no JSON object", "see the layouts in training/README.md")
    return value


def label_names(path: Path, value: object) -> dict[int, str]:
    """Names of labels, written as {"1": "liver"} or, as nnU-Net does, {"liver": 1}; 0 is left out.

    Raises:
        SourceError: it is neither.
    """
    try:
        pairs = [
            (int(k), str(v)) if str(k).isdigit() else (int(v), str(k))
            for k, v in value.items()  # type: ignore[union-attr]
        ]
    except (AttributeError, TypeError, ValueError) as error:
        raise SourceError(f"{path}: labels", "are not numbers with names", 'write {"1": "liver"}') from error
    return {number: name for number, name in pairs if number != 0}


def inside(path: Path, folder: Path, name: object) -> Path:
    """A file that a description names, which must lie in its folder: the description may be a stranger's.

    Raises:
        SourceError: it is no name, or leads out.
    """
    parts = Path(str(name))
    if not isinstance(name, str) or parts.is_absolute() or ".." in parts.parts:
        raise SourceError(path, f"names a file outside its folder ({str(name)[:80]})", "correct it")
    return folder / parts
