"""What is being looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medsam_core.intensity import IntensityWindow
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from medsam_core.inference.model import Model


@dataclass(frozen=True, eq=False)
class Subject:
    """Everything that an answer depends on but the prompts; a snapshot for the thread that works.

    Attributes:
        model: answers.
        volume: the image.
        intensity: a preset's name, "LOW,HIGH", or the window itself.
        grid: how the slices lie.
    """

    model: Model = field(repr=False)
    volume: Volume
    intensity: str | IntensityWindow
    grid: SliceGrid
