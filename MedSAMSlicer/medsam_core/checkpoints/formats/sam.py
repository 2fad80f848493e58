"""SAM's own checkpoints (ViT-B, L, H), and plain weights of that shape from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate
from medsam_core.checkpoints.catalog import row_with_digest
from medsam_core.checkpoints.digest import sha256_of
from medsam_core.checkpoints.formats.format import Conversion
from medsam_core.checkpoints.formats.plain import plain_tensors
from medsam_core.models.registry import architecture_of


class Sam:
    """`image_encoder.*`, `prompt_encoder.*`, `mask_decoder.*` with a ViT encoder."""

    name = "segment-anything"

    def recognises(self, candidate: Candidate) -> bool:
        """A ViT encoder and a mask decoder."""
        return "image_encoder.pos_embed" in candidate.tensors and candidate.has(r"^mask_decoder\.")

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """The names are ours already."""
        tensors, notes = plain_tensors(candidate)
        row = row_with_digest(sha256=sha256_of(candidate.path))
        if row is None:
            notes += (
                "not a file we know by its checksum: preprocessed as SAM's; say preset='medsam' if it was "
                "trained the MedSAM way",
            )
        return Conversion(
            tensors,
            architecture_of(tensors),
            preset="sam",
            name=row.name if row else candidate.path.stem,
            licence=row.licence if row else "",
            score_is_trained=row is not None,
            training=candidate.facts,
            notes=notes,
        )
