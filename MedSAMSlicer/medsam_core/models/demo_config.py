"""The sizes of the demo network."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from medsam_core.errors import CheckpointError

# Smallest and largest of each size: a file header is untrusted and must not ask for a network of terabytes.
# All at their largest make 147 million weights.
_LIMITS: dict[str, tuple[float, float]] = {
    "image_size": (32, 1024),
    "low_resolution": (16, 1024),
    "fine_width": (8, 128),
    "middle_width": (8, 256),
    "coarse_width": (8, 512),
    "stage_blocks": (1, 8),
    "trunk_width": (8, 512),
    "trunk_depth": (1, 16),
    "trunk_heads": (1, 64),
    "region_size": (8, 128),
    "region_margin": (0.0, 2.0),
    "region_widths": (8, 512),
    "region_depth": (1, 8),
    "region_heads": (1, 64),
    "alternatives": (1, 16),
    "encoder_adapters": (0, 1),
    "decoder_adapters": (0, 1),
}


@dataclass(frozen=True)
class DemoConfig:
    """Everything that decides the shapes of the demo network's weights; JSON-able.

    Attributes:
        image_size: side in pixels of the square input.
        low_resolution: side in pixels of the mask logits that come out.
        fine_width, middle_width, coarse_width: channels of the features at stride 2, 4 and 8.
        stage_blocks: residual blocks at stride 4 and at stride 8.
        trunk_width, trunk_depth, trunk_heads: transformer blocks on the stride-16 tokens.
        region_size: side in cells of the grid that is laid over the prompted region.
        region_margin: share of the box's size that the region adds on each side.
        region_widths: channels of the decoder at full, half and quarter region grid.
        region_depth, region_heads: transformer blocks on the quarter grid.
        alternatives: masks offered when several are asked for.
        encoder_adapters, decoder_adapters: 1 where the blocks have adapters beside them, else 0.
    """

    image_size: int = 256
    low_resolution: int = 256
    fine_width: int = 24
    middle_width: int = 48
    coarse_width: int = 96
    stage_blocks: tuple[int, int] = (2, 3)
    trunk_width: int = 192
    trunk_depth: int = 4
    trunk_heads: int = 6
    region_size: int = 48
    region_margin: float = 0.15
    region_widths: tuple[int, int, int] = (32, 64, 128)
    region_depth: int = 2
    region_heads: int = 4
    alternatives: int = 3
    encoder_adapters: int = 0
    decoder_adapters: int = 0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            kinds = (int, float) if name == "region_margin" else (int,)
            low, high = _LIMITS[name]
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(number, bool) or not isinstance(number, kinds) or not low <= number <= high:
                    raise _refused(f"{name} is {value!r:.60}, outside {low} to {high} or no whole number")
        if len(self.stage_blocks) != 2 or len(self.region_widths) != 3:
            raise _refused("stage_blocks needs 2 numbers and region_widths 3")
        if self.image_size % 16 or self.region_size % 4:
            raise _refused("image_size must be a multiple of 16 and region_size of 4")
        grouped = (self.fine_width, self.middle_width, self.coarse_width, *self.region_widths)
        if any(width % 8 for width in grouped):
            raise _refused("widths must be multiples of 8")
        if self.trunk_width % self.trunk_heads or self.region_widths[2] % self.region_heads:
            raise _refused("heads must divide the width they share")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> DemoConfig:
        """From `to_json`'s values; names left out keep their default, unknown ones are a CheckpointError."""
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown:
            raise _refused(f"it has {', '.join(unknown)[:80]}, which this version does not know")
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def _refused(problem: str) -> CheckpointError:
    return CheckpointError("demo network", problem, "use a file that this program wrote")
