"""An image file or DICOM series with a mask file."""

from __future__ import annotations

from medsam_core.volume_reader import read_volume
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.readers.loaded_case import LoadedCase
from medsam_training.prepare.readers.mask_files import read_mask
from medsam_training.prepare.readers.mask_placement import labels_on
from medsam_training.prepare.sources.file_names import PICTURE_SUFFIXES


def load_pair(source: CaseSource) -> LoadedCase:
    """Read both and check that they fit.

    Raises:
        CaseError, VolumeError: one cannot be read, or they do not fit.
    """
    volume = read_volume(source.image, frame=source.frame, series=source.series)
    picture = source.image.name.lower().endswith(PICTURE_SUFFIXES)
    mask = read_mask(source.mask, volume)
    labels = labels_on(source.mask, mask, volume.geometry, image_is_picture=picture)
    return LoadedCase(
        volume,
        labels,
        mask.names,
        has_spacing=not picture,
        displayed=picture and volume.array_kji.dtype.name == "uint8",
        notes=(*volume.notes, *mask.notes),
    )
