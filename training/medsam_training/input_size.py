"""A network for images of another size."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from torch import Tensor

from medsam_core.errors import OptionError
from medsam_core.models.architecture import PATCH_SIZE, Architecture
from medsam_core.models.position_tables import resize_position_tables

State = Mapping[str, Tensor]


def resized(
    architecture: Architecture, state: State | None, size: int | None, option: str
) -> tuple[Architecture, State | None]:
    """An architecture and its weights at another input size; a ViT's position tables are stretched.

    Args:
        architecture: as it is.
        state: its weights, or None.
        size: side of the square input in pixels; None for its own.
        option: what the user calls the size.

    Raises:
        OptionError: the network cannot take that size.
    """
    if size is None or size == architecture.image_size:
        return architecture, state
    if architecture.family == "demo":
        problem = f"the demo network is made for {architecture.image_size} pixels"
        raise OptionError(option, problem, "leave it out")
    if architecture.family == "vit" and size % PATCH_SIZE:
        raise OptionError(option, f"{size} is not a multiple of {PATCH_SIZE}", "round it")
    if state is not None and architecture.family == "vit":
        state = resize_position_tables(state, size)
    return dataclasses.replace(architecture, image_size=size), state
