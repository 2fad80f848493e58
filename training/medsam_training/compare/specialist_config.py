"""Everything that decides a specialist's training, as its config.yaml holds it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from medsam_core.errors import OptionError
from medsam_training.compare.specialist_kinds import KINDS, check_buildable
from medsam_training.fit.config import ConfigPart, Count, Data, Loop, Optimiser, Positive, RunConfig
from medsam_training.fit.config_file import read_config_of


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


class SpecialistData(Data):
    """As `Data`; there are no embeddings to keep."""

    cache_embeddings: Literal["never"] = "never"


class SpecialistOptimiser(Optimiser):
    """As `Optimiser`, for weights that start from nothing."""

    rate: Positive = 1e-3
    average: Annotated[float, Field(ge=0, lt=1)] = 0.99


class SpecialistLoop(Loop):
    """As `Loop`, in one process; compared networks have the same number of epochs, so none stops early."""

    batch: Count = 8
    patience: Count | None = None
    devices: Literal[1] = 1
    nodes: Literal[1] = 1


class SpecialistConfig(RunConfig):
    """A specialist's run: `fit`'s sections with other values.

    Attributes:
        network: what trains.
    """

    name: str = "specialist"
    network: Network = Network()
    data: SpecialistData = SpecialistData()
    optimiser: SpecialistOptimiser = SpecialistOptimiser()
    loop: SpecialistLoop = SpecialistLoop()

    @model_validator(mode="after")
    def _is_about_boxes(self) -> SpecialistConfig:
        shown = self.prompts
        if shown.mode != "objects" or shown.points + shown.both > 0 or shown.corrections > 0:
            raise ValueError("prompts: a specialist understands one box and nothing else")
        if self.loss.score_weight > 0:
            raise ValueError("loss.score_weight: a specialist has no score")
        return self


def read_specialists(
    kinds: Sequence[str],
    data_set: str,
    changes: Sequence[str] = (),
    *,
    path: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    size: int | None = None,
    width: int | None = None,
    device: str = "auto",
) -> tuple[SpecialistConfig, ...]:
    """The trainings of a comparison, checked before any begins; later ones win.

    Args:
        kinds: of `specialist_kinds.KINDS`, in their order.
        data_set: folder of the prepared set.
        changes: "section.key=value" for all of them.
        path: a YAML file of keys for all of them.
        epochs, seed, size, width: for all of them, where they are given.
        device: where they train.

    Raises:
        OptionError: there is no such specialist or key, or a value does not fit.
    """
    given = {"loop.epochs": epochs, "loop.seed": seed, "network.image_size": size, "network.width": width}
    words = [f"{key}={value}" for key, value in given.items() if value is not None]
    words += [f"loop.device={device.partition(':')[0]}", *changes]
    found = []
    for kind in kinds:
        _check_kind(kind)
        config = read_config_of(
            SpecialistConfig,
            path,
            changes=[*words, f"network.kind={kind}"],
            name=KINDS[kind].title,
            data_set=data_set,
        )
        check_buildable(kind, config.network.image_size, config.network.channels)
        found.append(config)
    return tuple(found)


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, 1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise OptionError("--specialists", f"there is no '{kind}'{hint}", f"use {' or '.join(KINDS)}")
