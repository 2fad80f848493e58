"""The sizes of a TinyViT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from medsam_core.models.field_checks import check_numbers, make, refused, values_of

STAGES = 4


@dataclass(frozen=True, kw_only=True)
class TinyViTSpec:
    """The four stages of a TinyViT: one of convolutions, three of windowed attention.

    Attributes:
        embed_dims, depths, num_heads, window_sizes: one entry per stage; heads and window of the
            convolution stage are not used.
        patch_stride: 4 (two 3x3 convolutions of stride 2, MobileSAM) or 1 (two 1x1, LiteMedSAM).
    """

    embed_dims: tuple[int, ...] = (64, 128, 160, 320)
    depths: tuple[int, ...] = (2, 2, 6, 2)
    num_heads: tuple[int, ...] = (2, 4, 5, 10)
    window_sizes: tuple[int, ...] = (7, 7, 14, 7)
    patch_stride: int = 4

    def __post_init__(self) -> None:
        check_numbers("tiny_vit.embed_dims", self.embed_dims, "embed_dim", STAGES)
        check_numbers("tiny_vit.depths", self.depths, "stage_depth", STAGES)
        check_numbers("tiny_vit.num_heads", self.num_heads, "num_heads", STAGES)
        check_numbers("tiny_vit.window_sizes", self.window_sizes, "stage_window", STAGES)
        if self.patch_stride not in (1, 4):
            raise refused(f"tiny_vit.patch_stride is {self.patch_stride!r:.60}, not 1 or 4")
        if any(dim % heads for dim, heads in zip(self.embed_dims, self.num_heads, strict=True)):
            raise refused("tiny_vit.num_heads does not divide tiny_vit.embed_dims")

    @classmethod
    def from_json(cls, data: Any) -> TinyViTSpec:
        """Read what `Architecture.to_json` wrote under ``tiny_vit``."""
        return make(cls, values_of(cls, data, "tiny_vit"), "tiny_vit")

    def grid(self, image_size: int) -> int:
        """Side, in tokens, of the embedding: two stages halve the resolution, the last keeps it."""
        side = image_size // self.patch_stride
        for _ in range(STAGES - 2):
            side = (side + 1) // 2
        return side
