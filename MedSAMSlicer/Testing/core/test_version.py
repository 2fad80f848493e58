"""One version, told everywhere alike."""

from __future__ import annotations

import re
from pathlib import Path

import medsam_core
from medsam_core.version import VERSION


def test_the_version_is_the_projects() -> None:
    project = Path(__file__).resolve().parents[3] / "pyproject.toml"
    assert re.search(r'^version = "(.+)"$', project.read_text(encoding="utf-8"), re.M).group(1) == VERSION
    assert medsam_core.__version__ == VERSION
