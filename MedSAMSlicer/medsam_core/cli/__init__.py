"""The command `medsam-slicer`. Importing it does not import torch."""

from .edge import main

__all__ = ["main"]
