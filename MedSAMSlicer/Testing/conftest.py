"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real images with truth; tests that need it skip where it is absent."""
    root = Path(os.environ.get("MEDSAM_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (root / "manifest.json").is_file():
        pytest.skip(f"real test images are not here ({root}); set MEDSAM_DATA to their folder")
    return root
