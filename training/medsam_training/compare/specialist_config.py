"""Everything that decides a specialist's training, as its config.yaml holds it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from medsam_training.compare.specialist_kinds import KINDS
from medsam_training.fit.config import ConfigPart, Data, Loop, Optimiser, RunConfig


class Network(ConfigPart):
    """What trains.

    Attributes:
        kind: of `specialist_kinds.KINDS`.
        image_size: side of its input.
        width: channels at its first level; None is the kind's own.
    """

    kind: str = "unet"
    image_size: Annotated[int, Field(ge=1, le=4096)] = 256
    width: Annotated[int, Field(ge=8, le=512)] | None = None

    @property
    def channels(self) -> int:
        """The width that is meant."""
        return self.width or KINDS[self.kind].width


class SpecialistConfig(RunConfig):
    """A specialist's run: `fit`'s sections, with values for a network that starts from nothing.

    Attributes:
        network: what trains.
    """

    name: str = "specialist"
    network: Network = Network()
    data: Data = Data(cache_embeddings="never")
    optimiser: Optimiser = Optimiser(rate=1e-3, average=0.99)
    loop: Loop = Loop(batch=8, devices=1, patience=None)

    @model_validator(mode="after")
    def _is_about_boxes(self) -> SpecialistConfig:
        shown = self.prompts
        if shown.mode != "objects" or shown.points + shown.both > 0 or shown.corrections > 0:
            raise ValueError("prompts: a specialist understands one box and nothing else")
        if self.data.cache_embeddings != "never":
            raise ValueError("data.cache_embeddings: a specialist has no embeddings")
        if self.loss.score_weight > 0:
            raise ValueError("loss.score_weight: a specialist has no score")
        if self.loop.devices != 1 or self.loop.nodes != 1:
            raise ValueError("loop.devices, loop.nodes: compare runs as one process")
        return self
