"""The command `medsam-train`. Importing it does not import torch."""

from medsam_training.cli.edge import main

__all__ = ["main"]
