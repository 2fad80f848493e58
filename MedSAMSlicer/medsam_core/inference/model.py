"""A loaded model: what it is, how it wants its images, and what runs it."""

from __future__ import annotations

from dataclasses import dataclass, field

from medsam_core.checkpoints.info import CheckpointInfo
from medsam_core.inference.backend import Backend
from medsam_core.inference.device import Placement
from medsam_core.inference.presets import Preset


@dataclass(frozen=True, eq=False)
class Model:
    """Everything `Predictor` needs.

    Attributes:
        name: what to call it.
        info: of its checkpoint: architecture, preset name, sha256, parameters.
        preset: how it wants its images and gives its masks.
        backend: what runs it.
        notes: sentences for the report; the backend adds to them when it has to make do with less.
    """

    name: str
    info: CheckpointInfo
    preset: Preset
    backend: Backend
    notes: list[str] = field(default_factory=list)

    @property
    def placement(self) -> Placement:
        """Where it runs now, how precisely, by which runtime, and why."""
        return self.backend.placement
