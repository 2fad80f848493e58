"""Where fetched checkpoints lie."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

FOLDER_VARIABLE = "MEDSAM_MODELS"
"""Environment variable that names another models folder, e.g. one on a cluster's shared disk."""


def models_folder() -> Path:
    """`FOLDER_VARIABLE`, else a folder in the user's data folder; it need not exist yet."""
    override = os.environ.get(FOLDER_VARIABLE)
    if override:
        return Path(override).expanduser()
    return platformdirs.user_data_path("MedSAMSlicer", appauthor=False) / "models"
