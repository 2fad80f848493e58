"""An image file or DICOM series without a mask."""

from __future__ import annotations

import numpy as np

from medsam_core.volume_reader import read_volume
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.readers.loaded_case import LoadedCase
from medsam_training.prepare.sources.file_names import PICTURE_SUFFIXES


def load_image(source: CaseSource) -> LoadedCase:
    """Read it, with labels that are all background.

    Raises:
        VolumeError: it cannot be read.
    """
    volume = read_volume(source.image)
    picture = source.image.name.lower().endswith(PICTURE_SUFFIXES)
    return LoadedCase(
        volume,
        np.zeros(volume.geometry.shape_kji, np.uint8),
        has_spacing=not picture,
        displayed=picture and volume.array_kji.dtype.name == "uint8",
        notes=volume.notes,
    )
