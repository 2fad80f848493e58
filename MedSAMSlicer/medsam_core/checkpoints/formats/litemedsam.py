"""LiteMedSAM: SAM's decoder behind a TinyViT encoder of 256-pixel images."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate
from medsam_core.checkpoints.formats.format import Conversion
from medsam_core.checkpoints.formats.mobile_sam import FIRST_CONVOLUTION
from medsam_core.checkpoints.formats.plain import plain_tensors
from medsam_core.models.registry import architecture_of


class LiteMedSam:
    """A TinyViT whose first convolution is 1 x 1; plain, or with epoch, optimizer and loss around it."""

    name = "LiteMedSAM"

    def recognises(self, candidate: Candidate) -> bool:
        """The first convolution tells it from MobileSAM's."""
        return candidate.shape(FIRST_CONVOLUTION)[2:] == (1, 1)

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """The names are ours already."""
        tensors, notes = plain_tensors(candidate)
        return Conversion(
            tensors,
            architecture_of(tensors),
            preset="litemedsam",
            name=candidate.path.stem,
            score_is_trained=True,  # its loss has a term for the quality head, unlike MedSAM's
            training=candidate.facts,
            notes=notes,
        )
