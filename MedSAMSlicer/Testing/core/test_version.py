"""One version, told everywhere alike."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import medsam_core
from medsam_core.version import VERSION


def test_the_version_is_that_of_the_distribution() -> None:
    assert medsam_core.__version__ == VERSION == importlib.metadata.version("medsam-slicer")


def test_the_command_tells_it() -> None:
    told = subprocess.run([sys.executable, "-m", "medsam_core", "--version"], capture_output=True, text=True)
    assert VERSION in told.stdout
