"""Readers of cases: a table by kind of case, and one of masks by suffix."""

from medsam_training.prepare.readers.load import LOADERS, load_case
from medsam_training.prepare.readers.loaded_case import LoadedCase

__all__ = ["LOADERS", "LoadedCase", "load_case"]
