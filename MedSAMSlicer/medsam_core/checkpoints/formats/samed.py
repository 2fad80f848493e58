"""SAMed: low-rank updates of the encoder and a whole decoder, to be put onto the SAM they were trained on."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate, readable
from medsam_core.checkpoints.formats.format import Conversion, generic_class_names
from medsam_core.checkpoints.lora_merge import merge_lora
from medsam_core.errors import CheckpointError
from medsam_core.models.position_tables import resize_position_tables
from medsam_core.models.registry import architecture_of

IMAGE_SIZE = 512
"""Pixels that SAMed trains at; nothing in its file says so."""

_PAIR = re.compile(r"w_(?P<side>[ab])_(?P<index>\d{3})")
_DECODER_PAIR = re.compile(r"(?P<where>sa|cti|cit)_(?P<side>[ab])_(?P<index>\d{3})")
_FINAL_PAIR = re.compile(r"fati_(?P<letter>[qv])(?P<side>[ab])")
_ATTENTION = {"sa": "self_attn", "cti": "cross_attn_token_to_image", "cit": "cross_attn_image_to_token"}
_FINAL = "mask_decoder.transformer.final_attn_token_to_image"
_MISSING_BASE = "is a SAMed difference: it needs the SAM checkpoint that it was trained on"


class SaMed:
    """``w_a_000``, ``w_b_000`` ...: even numbers are q, odd are v, two to a block; and a whole decoder.

    A second variant also updates the decoder's attention (``sa_``, ``cti_``, ``cit_``, ``fati_``) and leaves
    the decoder's transformer to the base.
    """

    name = "SAMed"

    def recognises(self, candidate: Candidate) -> bool:
        """Its numbered pairs."""
        return {"w_a_000", "w_b_000"} <= candidate.tensors.keys()

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """Put the updates onto the base and merge them."""
        tokens = candidate.shape("mask_decoder.mask_tokens.weight")[:1] or (1,)
        conversion = Conversion(
            tensors={},
            architecture=None,
            preset="samed",
            name=candidate.path.stem,
            class_names=generic_class_names(tokens[0]),
            training=candidate.facts,
            notes=(*candidate.notes, f"{_MISSING_BASE} (base=...)"),
            needs_base=True,
        )
        if base is None:
            return conversion
        tensors, merged = merge_lora(self._on_top_of(candidate, base), candidate.path)
        architecture = dataclasses.replace(architecture_of(tensors), class_tokens=True)
        return dataclasses.replace(
            conversion,
            tensors=tensors,
            architecture=architecture,
            notes=(*candidate.notes, f"merged {merged} low-rank updates into the base checkpoint"),
            needs_base=False,
            used_base=True,
        )

    def _on_top_of(self, candidate: Candidate, base: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The base at SAMed's image size, its decoder replaced, the pairs under finetune-SAM's names."""
        whole = resize_position_tables(base, IMAGE_SIZE)
        placed = _placed(candidate)
        own = {
            n: t for n, t in candidate.tensors.items() if n.startswith(("prompt_encoder.", "mask_decoder."))
        }
        if any(name.startswith("mask_decoder.output_hypernetworks_mlps.") for name in own):
            # The base has four tokens, SAMed as many as classes: none of the base's may stay.
            whole = {n: t for n, t in whole.items() if not n.startswith("mask_decoder.output_hypernetworks")}
        whole.update(own)
        for name in placed:
            target = _weight_of(name)
            if f"{target}.weight" not in whole and f"{_inner(target)}.weight" not in whole:
                raise CheckpointError(
                    candidate.path,
                    f"updates {readable(target)}, which the base checkpoint does not have",
                    "give the SAM checkpoint (ViT-B, L or H) that it was trained on",
                )
            _move_inside(whole, target)
        return {**whole, **placed}


def _placed(candidate: Candidate) -> dict[str, Tensor]:
    """Give every low-rank matrix the name of the place that it belongs to."""
    placed: dict[str, Tensor] = {}
    for name, tensor in candidate.tensors.items():
        if match := _PAIR.fullmatch(name):
            block, is_v = divmod(int(match["index"]), 2)
            letter = "v" if is_v else "q"
            placed[f"image_encoder.blocks.{block}.attn.qkv.linear_{match['side']}_{letter}.weight"] = tensor
        elif match := _DECODER_PAIR.fullmatch(name):
            layer, is_v = divmod(int(match["index"]), 2)
            attention = f"mask_decoder.transformer.layers.{layer}.{_ATTENTION[match['where']]}"
            placed[f"{attention}.{'v' if is_v else 'q'}_proj.w_{match['side']}.weight"] = tensor
        elif match := _FINAL_PAIR.fullmatch(name):
            placed[f"{_FINAL}.{match['letter']}_proj.w_{match['side']}.weight"] = tensor
        elif not name.startswith(("prompt_encoder.", "mask_decoder.")):
            raise CheckpointError(
                candidate.path, f"has a weight SAMed does not have: {readable(name)}", "use SAMed's own file"
            )
    return placed


def _weight_of(placed_name: str) -> str:
    """The plain projection that a low-rank matrix updates."""
    return placed_name.rpartition(".")[0].rpartition(".")[0]


def _inner(target: str) -> str:
    return f"{target}.qkv" if target.endswith(".qkv") else f"{target}.proj"


def _move_inside(whole: dict[str, Tensor], target: str) -> None:
    for kind in ("weight", "bias"):
        if f"{target}.{kind}" in whole:
            whole[f"{_inner(target)}.{kind}"] = whole.pop(f"{target}.{kind}")
