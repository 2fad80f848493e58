"""SAM-Med2D: a ViT-B at 256 pixels with an adapter in every block."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate
from medsam_core.checkpoints.formats.format import Conversion
from medsam_core.checkpoints.formats.plain import plain_tensors
from medsam_core.models.registry import architecture_of


class SamMed2D:
    """``blocks.N.Adapter.{norm,channel,spatial}``; the published file also pickles its optimizer."""

    name = "SAM-Med2D"

    def recognises(self, candidate: Candidate) -> bool:
        """Its adapter's channel gate."""
        return candidate.has(r"^image_encoder\.blocks\.\d+\.Adapter\.channel\.")

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """The names are ours already, adapters included."""
        tensors, notes = plain_tensors(candidate)
        return Conversion(
            tensors,
            architecture_of(tensors),
            preset="sam_med2d",
            name=candidate.path.stem,
            score_is_trained=True,  # its loss has a term for the quality head
            training=candidate.facts,
            notes=notes,
        )
