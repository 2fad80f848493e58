"""Layouts that images and masks come in: a table of who recognises what."""

from medsam_training.prepare.sources.find import find_cases

__all__ = ["find_cases"]
