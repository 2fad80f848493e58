"""MedSAM: SAM's ViT-B with other weights, so nothing in the names or shapes tells them apart."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate
from medsam_core.checkpoints.catalog import CATALOG
from medsam_core.checkpoints.digest import md5_of, sha256_of
from medsam_core.checkpoints.formats.format import Conversion
from medsam_core.checkpoints.formats.plain import plain_tensors
from medsam_core.checkpoints.formats.sam import Sam
from medsam_core.models.registry import architecture_of

_CHECKSUM = "its checksum"
_VIT_B_WIDTH = 768


class MedSam:
    """Plain ViT-B weights known by checksum or file name, or MedSAM's own training file.

    Which it is decides how images are prepared, so `info` always says by what it was recognised.
    """

    name = "MedSAM"

    def recognises(self, candidate: Candidate) -> bool:
        """Plain SAM weights, and a sign that MedSAM wrote them."""
        return Sam().recognises(candidate) and self._sign(candidate) is not None

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """The names are ours already."""
        tensors, notes = plain_tensors(candidate)
        sign = self._sign(candidate)
        if sign != _CHECKSUM:
            notes += (f"taken for MedSAM because of {sign}; say preset='sam' if it is SAM",)
        return Conversion(
            tensors,
            architecture_of(tensors),
            preset="medsam",
            name="medsam" if sign == _CHECKSUM else candidate.path.stem,
            licence=CATALOG["medsam"].licence if sign == _CHECKSUM else "",
            score_is_trained=False,  # MedSAM's loss has no term for the quality head
            training=candidate.facts,
            notes=notes,
        )

    @staticmethod
    def _sign(candidate: Candidate) -> str | None:
        if candidate.wrapper == "model" and {"optimizer", "epoch"} <= candidate.beside:
            return "its layout, a training file with model, optimizer and epoch"
        if sha256_of(candidate.path) in (CATALOG[name].sha256 for name in ("vit_b", "vit_l", "vit_h")):
            return None  # SAM itself, whatever the file is called
        if "medsam" in candidate.path.name.lower().replace("-", "").replace("_", ""):
            return "its file name"
        is_vit_b = candidate.shape("image_encoder.pos_embed")[-1:] == (_VIT_B_WIDTH,)  # others: do not read
        if is_vit_b and md5_of(candidate.path) == CATALOG["medsam"].md5:
            return _CHECKSUM
        return None
