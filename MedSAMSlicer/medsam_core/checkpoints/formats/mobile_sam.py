"""MobileSAM: SAM's decoder behind a TinyViT encoder of 1024-pixel images."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate
from medsam_core.checkpoints.catalog import row_with_digest
from medsam_core.checkpoints.digest import sha256_of
from medsam_core.checkpoints.formats.format import Conversion
from medsam_core.checkpoints.formats.plain import plain_tensors
from medsam_core.models.registry import architecture_of

FIRST_CONVOLUTION = "image_encoder.patch_embed.seq.0.c.weight"


class MobileSam:
    """A TinyViT whose first convolution is 3 x 3."""

    name = "MobileSAM"

    def recognises(self, candidate: Candidate) -> bool:
        """The first convolution tells it from LiteMedSAM's."""
        return candidate.shape(FIRST_CONVOLUTION)[2:] == (3, 3)

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """The names are ours already; the classification head goes."""
        tensors, notes = plain_tensors(candidate)
        row = row_with_digest(sha256=sha256_of(candidate.path))
        if row is None:
            notes += ("not a file we know by its checksum: preprocessed as MobileSAM's",)
        return Conversion(
            tensors,
            architecture_of(tensors),
            preset="sam",
            name=row.name if row else candidate.path.stem,
            licence=row.licence if row else "",
            score_is_trained=True,
            training=candidate.facts,
            notes=notes,
        )
