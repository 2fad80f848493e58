"""The command `medsam-slicer`. Importing it does not import torch."""

from medsam_core.cli.edge import main

__all__ = ["main"]
