"""The version of what runs: the installed distribution's, or the checkout's."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def _find_version() -> str:
    try:
        return version("medsam-slicer")
    except PackageNotFoundError:
        return _checkout_version() or "unknown"


def _checkout_version() -> str | None:
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    text = project.read_text(encoding="utf-8") if project.is_file() else ""
    found = re.search(r'^version = "(.+)"$', text, re.M)
    return found.group(1) if found else None


VERSION = _find_version()
