"""Cases by their kind."""

from __future__ import annotations

from collections.abc import Callable

from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.readers.image_alone import load_image
from medsam_training.prepare.readers.loaded_case import LoadedCase
from medsam_training.prepare.readers.npy_slices import load_npy
from medsam_training.prepare.readers.npz_case import load_npz
from medsam_training.prepare.readers.pair import load_pair
from medsam_training.prepare.sources.images_alone import KIND

LOADERS: dict[str, Callable[[CaseSource], LoadedCase]] = {
    "pair": load_pair,
    "npz": load_npz,
    "npy": load_npy,
    KIND: load_image,
}


def load_case(source: CaseSource) -> LoadedCase:
    """Read a case.

    Raises:
        CaseError, VolumeError: it cannot be used; the line names the file.
    """
    return LOADERS[source.kind](source)
