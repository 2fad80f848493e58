"""Everything that decides a pretraining, as one YAML file holds it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from medsam_training.fit.config import Backbone, ConfigPart, Count, Loop, LoopConfig, Optimiser

Ratio = Annotated[float, Field(gt=0, lt=1)]


class Encoder(ConfigPart):
    """What learns.

    Attributes:
        backbone: for random starting weights, or to insist on what the starting checkpoint must be; vit_t is
            MobileSAM's, or with an image size of 256 LiteMedSAM's.
        start: a checkpoint (a name or a path) whose encoder goes on learning, or "random".
        base: the SAM that a difference (SAMed) was trained on.
        preset: preprocessing; None is what the starting checkpoint suggests.
        image_size: of the network's input; None is the starting checkpoint's.
        batch_norm: whether a TinyViT's running statistics move.
    """

    backbone: Backbone | None = None
    start: str = "random"
    base: str | None = None
    preset: str | None = None
    image_size: Count | None = None
    batch_norm: Literal["frozen", "train"] = "train"


class Masking(ConfigPart):
    """What is hidden, and how the painting is judged.

    Attributes:
        patch: side, in pixels of the network's input, of the squares that are hidden.
        ratio: share of them.
        loss: mean absolute ("l1") or squared ("l2") error, over hidden pixels alone.
        target: the network's input as it is ("pixels"), or each square at zero mean and unit spread
            ("patches").
    """

    patch: Count = 32
    ratio: Ratio = 0.6
    loss: Literal["l1", "l2"] = "l1"
    target: Literal["pixels", "patches"] = "pixels"


class Images(ConfigPart):
    """What is learned from: slices of a prepared set; their labels are not looked at.

    Attributes:
        modalities: names of those to use; empty is all.
        slices: only so many, spread evenly over the training cases; None is all.
        augment: flips, quarter turns, crops and changes of grey value.
        validation_slices: at most so many, spread evenly; None is all.
        workers: processes that prepare slices; 0 is none of their own.
    """

    modalities: list[str] = Field(default_factory=list)
    slices: Count | None = None
    augment: bool = True
    validation_slices: Count | None = 400
    workers: Annotated[int, Field(ge=0)] = 0


class PretrainConfig(LoopConfig):
    """A run that learns from images alone."""

    name: str = "pretrained"
    encoder: Encoder = Encoder()
    masking: Masking = Masking()
    data: Images = Images()
    optimiser: Optimiser = Optimiser(decay=0.05)
    loop: Loop = Loop(epochs=100, patience=None)
