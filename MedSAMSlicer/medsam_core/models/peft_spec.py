"""What a network's parameter-efficient parts are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from medsam_core.models.field_checks import (
    check_flags,
    check_indices,
    check_range,
    make,
    refused,
    values_of,
)

KINDS = ("lora", "adapter", "sam_med2d")


@dataclass(frozen=True, kw_only=True)
class PeftSpec:
    """Parameter-efficient parts that are weights of their own.

    Attributes:
        kind: "lora" (low-rank update of q and v), "adapter" (finetune-SAM's bottlenecks) or
            "sam_med2d" (its channel and spatial adapter).
        encoder_blocks: indices of the encoder's transformer blocks that carry the parts; in a TinyViT
            blocks are counted through its three transformer stages.
        decoder_layers: indices of the two-way layers that carry them; ``-1`` stands for the final
            token-to-image attention (LoRA only).
        rank, scale: LoRA's rank r, and the factor on B A.
        bottleneck: hidden width of the encoder's adapters; 0 is a quarter of the width.
        decoder_bottleneck: the same in the decoder.
        depth_adapter: the encoder blocks also carry finetune-SAM's ``Depth_Adapter``, which only its
            three-dimensional branch runs. We keep its weights and do not run it.
    """

    kind: str
    encoder_blocks: tuple[int, ...] = ()
    decoder_layers: tuple[int, ...] = ()
    rank: int = 4
    scale: float = 1.0
    bottleneck: int = 0
    decoder_bottleneck: int = 0
    depth_adapter: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise refused(f"unknown kind of fine-tuning {self.kind!r:.60}")
        check_indices("peft.encoder_blocks", self.encoder_blocks, "block")
        check_indices("peft.decoder_layers", self.decoder_layers, "decoder_layer")
        check_range("peft.rank", self.rank, "rank")
        for name in ("bottleneck", "decoder_bottleneck"):
            if getattr(self, name) != 0:
                check_range(f"peft.{name}", getattr(self, name), "bottleneck")
        check_flags(self, "depth_adapter")
        number = isinstance(self.scale, (int, float)) and not isinstance(self.scale, bool)
        if not number or not math.isfinite(self.scale):
            raise refused(f"peft.scale must be a number, not {self.scale!r:.60}")
        if self.kind == "sam_med2d" and self.decoder_layers:
            raise refused("SAM-Med2D has no adapters in the decoder")

    @classmethod
    def from_json(cls, data: Any) -> PeftSpec:
        """Read what `Architecture.to_json` wrote under ``peft``."""
        return make(cls, values_of(cls, data, "peft"), "peft")

    def parameters_per_block(self, width: int) -> int:
        """How many weights one encoder block of a width carries, from above."""
        if self.kind == "lora":
            return 4 * width * self.rank
        hidden = self.bottleneck or max(1, width // 4)
        if self.kind == "adapter":
            return 3 * (2 * hidden + 2) * width
        return (9 + 16) * width * width + (2 * hidden + 2) * width
