"""Everything that decides a run, as one YAML file holds it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Backbone = Literal["vit_b", "vit_l", "vit_h", "vit_t", "demo"]
Components = Literal["decoder", "encoder", "encoder+decoder"]
Method = Literal["vanilla", "adapter", "lora"]
Kind = Literal["box", "points", "both"]

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class ConfigPart(BaseModel):
    """A section of a configuration: unknown keys and wrong kinds of values are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Strategy(ConfigPart):
    """What trains.

    Attributes:
        backbone: only for random starting weights, or to insist on what the starting checkpoint must be;
            vit_t is MobileSAM's, or with an image size of 256 LiteMedSAM's.
        start: a checkpoint (a name or a path, of any format that can be read) or "random".
        base: the SAM that a difference (SAMed) was trained on.
        preset: preprocessing; None is what the starting checkpoint suggests.
        image_size: of the network's input; None is the starting checkpoint's. A ViT's tables are stretched.
        components: the parts that train.
        method: all weights of them, or LoRA on q and v, or adapters, beside frozen weights.
        rank, scale: LoRA's.
        blocks: encoder blocks that carry LoRA or adapters: all, the first two and last two ("ends",
            finetune-SAM's choice), or their numbers.
        also: beginnings of the names of further weights to train, e.g. "prompt_encoder.".
        batch_norm: whether a TinyViT's running statistics move; small batches spoil them.
    """

    backbone: Backbone | None = None
    start: str = "random"
    base: str | None = None
    preset: str | None = None
    image_size: Count | None = None
    components: Components = "encoder+decoder"
    method: Method = "vanilla"
    rank: Count = 4
    scale: float = 1.0
    blocks: Literal["all", "ends"] | list[Annotated[int, Field(ge=0)]] = "all"
    also: list[str] = []
    batch_norm: Literal["frozen", "train"] = "frozen"


class Mixture(ConfigPart):
    """Several sets at once, with what no reader drew.

    Attributes:
        sets: names of sets, and the share of each among the examples.
        painted: share of the examples whose objects are shapes painted onto the image.
        even: share of those whose objects are regions of like brightness.
        carried: of labelled examples with boxes, from volumes: how many boxes are carried over from a slice
            nearby, as the tracker does.
        beyond: of those, how many look for the object beyond its end, where the answer is nothing.
        nothing: of painted examples with boxes, how many have a box that holds nothing.
        mosaic_below, mosaic_share: slices whose longest side is below this are tiled two by two, this often.
        validate_on: sets that validation looks at, each as much as any other; empty is those of `sets`.
    """

    sets: Annotated[dict[str, Positive], Field(min_length=1)]
    painted: Share = 0.3
    even: Share = 0.03
    carried: Share = 0.3
    beyond: Share = 0.3
    nothing: Share = 0.1
    mosaic_below: Count = 100
    mosaic_share: Share = 0.4
    validate_on: list[str] = []

    @model_validator(mode="after")
    def _shares_leave_room(self) -> Mixture:
        if self.painted + self.even > 1:
            raise ValueError("painted and even together are more than 1")
        return self


class Data(ConfigPart):
    """What is learned from.

    Attributes:
        labels: names of the labels to use; empty is all.
        modalities: the same for modalities.
        shots: only so many slices, spread evenly over the training cases ("exemplars"); None is all.
        objects: what one prompt is about: a whole label of the slice, or one connected part of it.
        min_pixels: smaller objects are not prompted.
        prompts_per_image: objects of one slice that are learned at once.
        augment: flips, quarter turns and changes of grey value.
        float_resize: train on slices resized in floating point, as MedSAM's training arrays were.
        validation_slices: at most so many, spread evenly; None is all.
        workers: processes that prepare slices; 0 is none of their own.
        cache_embeddings: with a frozen encoder and no augmentation, run it once over all slices and keep the
            result on disk; "auto" does so whenever it can be done.
        cache_type: how they are kept.
        cache_gb: more than this is refused.
        cache_folder: where; None is a folder "embeddings" beside the run.
        mixture: several sets by shares, in place of every slice in turn.
        shippable: refuse a set that shipped weights may not learn from.
    """

    labels: list[str] = []
    modalities: list[str] = []
    shots: Count | None = None
    objects: Literal["label", "part"] = "label"
    min_pixels: Count = 1
    prompts_per_image: Count = 1
    augment: bool = True
    float_resize: bool = False
    validation_slices: Count | None = 400
    workers: Annotated[int, Field(ge=0)] = 0
    cache_embeddings: Literal["auto", "always", "never"] = "auto"
    cache_type: Literal["float16", "float32"] = "float16"
    cache_gb: Positive = 50.0
    cache_folder: str | None = None
    mixture: Mixture | None = None
    shippable: bool = False


class Prompting(ConfigPart):
    """The simulated user.

    Attributes:
        mode: a prompt for each object, or none at all: every label of the set at once, as classes.
        box, points, both: how often a step shows boxes, clicks, or both together; relative weights.
        jitter: how the box is drawn: "pixels" widens each side by 0 to `outward` pixels of the network's
            input; "share" moves it by -inward to +outward of the box's side.
        inward, outward: see above.
        loose_share, loose: so many boxes are off by `loose` times as much.
        points_max: clicks on the mask, 1 to this many.
        negative_share: of prompts with clicks, how many get one beside the mask too.
        corrections: rounds of one corrective click each, on what was wrong.
        correction_share: how many steps have them.
        previous_mask: such a round is also shown the mask before.
    """

    mode: Literal["objects", "classes"] = "objects"
    box: NotNegative = 1.0
    points: NotNegative = 0.0
    both: NotNegative = 0.0
    jitter: Literal["pixels", "share"] = "share"
    inward: NotNegative = 0.05
    outward: NotNegative = 0.1
    loose_share: Share = 0.0
    loose: Positive = 2.0
    points_max: Count = 3
    negative_share: Share = 0.0
    corrections: Annotated[int, Field(ge=0, le=20)] = 0
    correction_share: Share = 0.0
    previous_mask: bool = True

    @model_validator(mode="after")
    def _something_is_shown(self) -> Prompting:
        if self.box + self.points + self.both == 0:
            raise ValueError("box, points and both are all 0: nothing would be shown")
        return self


class Loss(ConfigPart):
    """What is made small.

    Attributes:
        name: a loss of MONAI.
        options: its arguments; `sigmoid` or `softmax` and `to_onehot_y` are set by us.
        at: compare masks at the side of the network's answer ("low"), of its input, or on the grid that the
            demo network lays over each prompt ("region").
        alternatives: weight of the best of the masks offered for an ambiguous prompt; needs at=region.
        score_weight: of the squared error of the network's own estimate of its IoU; 0 leaves that head as
            it is, and its score then means nothing.
    """

    name: str = "DiceCELoss"
    options: dict[str, Any] = {"squared_pred": True}
    at: Literal["low", "input", "region"] = "low"
    alternatives: NotNegative = 0.0
    score_weight: NotNegative = 0.0

    @model_validator(mode="after")
    def _alternatives_have_a_region(self) -> Loss:
        if self.alternatives and self.at != "region":
            raise ValueError("alternatives needs at=region")
        return self


class Optimiser(ConfigPart):
    """How it is made small; always AdamW.

    Attributes:
        rate: peak learning rate.
        decay: weight decay.
        decay_everything: also biases and norms, as torch does by default and MedSAM did.
        warmup_steps: of linear warm-up.
        schedule: after it; "polynomial" with power 0.9.
        floor: share of the peak rate that is left at the end.
        clip: largest norm of the gradient; None does not clip.
        average: decay of the moving average of the weights, which is what is validated and exported; 0 is
            none.
    """

    rate: Positive = 1e-4
    decay: NotNegative = 0.01
    decay_everything: bool = False
    warmup_steps: Annotated[int, Field(ge=0)] = 100
    schedule: Literal["constant", "cosine", "polynomial"] = "cosine"
    floor: Share = 0.01
    clip: Positive | None = 1.0
    average: Annotated[float, Field(ge=0, lt=1)] = 0.0


class Loop(ConfigPart):
    """How long and on what.

    Attributes:
        epochs: at most.
        minutes: at most, counted to the end of an epoch; the learning rate follows what is used up first.
        steps_per_epoch: optimiser steps until validation and a checkpoint; None is one pass over the slices.
        batch: slices per process and forward pass.
        accumulate: forward passes per optimiser step.
        patience: epochs without a better validation Dice until it stops; None never stops early.
        precision: of the encoder's products; the decoder always runs in fp32.
        device, devices, nodes: see Lightning's Trainer (accelerator, devices, num_nodes); under torchrun and
            SLURM the launcher's word counts.
        parallel: what several processes share: "ddp" the work, each with the whole network; "fsdp" also the
            weights of a ViT, its gradients and moments (ViT-H). One process has nothing to share.
        seed: of everything.
        tensorboard: write its event files too.
        pictures: draw curves and samples after each epoch.
    """

    epochs: Count = 20
    minutes: Positive | None = None
    steps_per_epoch: Count | None = None
    batch: Count = 4
    accumulate: Count = 1
    patience: Count | None = 8
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    devices: Count | Literal["auto"] = "auto"
    nodes: Count = 1
    parallel: Literal["ddp", "fsdp"] = "ddp"
    seed: Annotated[int, Field(ge=0)] = 0
    tensorboard: bool = True
    pictures: bool = True


class LoopConfig(ConfigPart):
    """What every run has, whatever it learns.

    Attributes:
        name: of the model that comes out; empty is what it learned and the name of the run's folder.
        licence: SPDX name of its weights' licence; that of the starting checkpoint by default.
        data_set: folder of the prepared set.
        out: folder of the run.
    """

    name: Annotated[str, Field(max_length=200)] = ""
    licence: str = ""
    data_set: str = ""
    out: str = ""
    optimiser: Optimiser = Optimiser()
    loop: Loop = Loop()


class RunConfig(LoopConfig):
    """A run that learns to segment, whatever network."""

    data: Data = Data()
    prompts: Prompting = Prompting()
    loss: Loss = Loss()


class FitConfig(RunConfig):
    """A run that fine-tunes a promptable network, or trains one from random weights."""

    strategy: Strategy = Strategy()
