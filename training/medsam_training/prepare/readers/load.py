"""Cases by their kind."""

from __future__ import annotations

from collections.abc import Callable

from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.readers.loaded_case import LoadedCase
from medsam_training.prepare.readers.npy_slices import load_npy
from medsam_training.prepare.readers.npz_case import load_npz
from medsam_training.prepare.readers.pair import load_pair

LOADERS: dict[str, Callable[[CaseSource], LoadedCase]] = {
    "pair": load_pair,
    "npz": load_npz,
    "npy": load_npy,
}


def load_case(source: CaseSource) -> LoadedCase:
    """Read a case.

    Raises:
        CaseError, VolumeError: it cannot be used; the line names the file.
    """
    return LOADERS[source.kind](source)
