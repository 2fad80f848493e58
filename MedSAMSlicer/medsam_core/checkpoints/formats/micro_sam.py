"""micro-sam (torch-em): weights under `model_state`, plain or with LoRA, sometimes with a second decoder."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate
from medsam_core.checkpoints.formats.format import Conversion
from medsam_core.checkpoints.formats.plain import plain_tensors
from medsam_core.checkpoints.lora_merge import merge_lora
from medsam_core.errors import CheckpointError
from medsam_core.models.registry import architecture_of

_LORA = re.compile(r"^(?P<place>image_encoder\..*\.attn\.qkv)\.(?P<part>\w+)\.(?P<kind>weight|bias)$")
_PARTS = {
    "qkv_proj": "qkv",
    "w_a_linear_q": "linear_a_q",
    "w_b_linear_q": "linear_b_q",
    "w_a_linear_v": "linear_a_v",
    "w_b_linear_v": "linear_b_v",
}


class MicroSam:
    """Known by the key that torch-em saves weights under, or by the names of its LoRA."""

    name = "micro-sam"

    def recognises(self, candidate: Candidate) -> bool:
        """Its wrapper around SAM's weights, or its LoRA."""
        is_sam = candidate.has(r"^image_encoder\.") and candidate.has(r"^mask_decoder\.")
        return is_sam and (
            candidate.wrapper == "model_state" or candidate.has(r"\.attn\.qkv\.qkv_proj\.weight$")
        )

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """Merge LoRA; leave the decoder for automatic segmentation out."""
        tensors, notes = plain_tensors(candidate)
        # Its PEFT wrapper lists the changed blocks a second time.
        tensors = {_plain_name(n): t for n, t in tensors.items() if not n.startswith("peft_blocks.")}
        if any("FacT" in name for name in tensors):
            raise CheckpointError(
                candidate.path, "was fine-tuned with FacT, which is not read", "fine-tune with LoRA, or fully"
            )
        tensors, merged = merge_lora(tensors, candidate.path)
        if merged:
            notes += (f"merged {merged} low-rank updates into the weights",)
        if "decoder_state" in candidate.beside:
            notes += ("left out its second decoder, which segments without prompts (decoder_state)",)
        return Conversion(
            tensors,
            architecture_of(tensors),
            preset="sam",
            name=candidate.path.stem,
            score_is_trained=True,  # its training regresses the quality of each mask
            training=candidate.facts,
            notes=notes,
        )


def _plain_name(name: str) -> str:
    match = _LORA.match(name)
    if match is None or match["part"] not in _PARTS:
        return name
    return f"{match['place']}.{_PARTS[match['part']]}.{match['kind']}"
