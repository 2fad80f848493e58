"""Our own files: safetensors whose header says everything that is needed to use them."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate
from medsam_core.checkpoints.formats.format import Conversion
from medsam_core.checkpoints.own import METADATA_KEY, OwnHeader


class Own:
    """A header entry of ours; a Lightning checkpoint may carry the same text at its top level."""

    name = "medsam-slicer"

    def recognises(self, candidate: Candidate) -> bool:
        """Its header entry."""
        return METADATA_KEY in candidate.metadata

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """The header says it all."""
        header = OwnHeader.from_json_text(candidate.metadata[METADATA_KEY], candidate.path)
        return Conversion(
            dict(candidate.tensors),
            header.architecture,
            preset=header.preset,
            name=header.name,
            class_names=header.class_names,
            licence=header.licence,
            score_is_trained=header.score_is_trained,
            training=header.training or candidate.facts,
            notes=candidate.notes,
        )
