"""What every checkpoint format offers, and what it makes of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate
from medsam_core.models.architecture import Architecture


@dataclass(frozen=True, eq=False)
class Conversion:
    """A file's weights under the names of our own networks, and what is known of them.

    Attributes:
        tensors: name -> weight; empty if `needs_base`.
        architecture: what to build; None if `needs_base`.
        preset: name of the preprocessing preset that they were trained with.
        name: what to call the model.
        class_names: of a multi-class network, what each value of its label map is, 0 being background.
        licence: SPDX name, or "" where nobody says.
        score_is_trained: whether the network's own quality estimate means anything.
        training: plain facts about the training.
        notes: what was merged, dropped or guessed, as sentences.
        needs_base: the file is only a difference; a base checkpoint has to be given.
        used_base: the file is only a difference, and was put onto the base.
    """

    tensors: Mapping[str, Tensor]
    architecture: Architecture | None
    preset: str
    name: str = ""
    class_names: tuple[str, ...] = ()
    licence: str = ""
    score_is_trained: bool = False
    training: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    needs_base: bool = False
    used_base: bool = False


class Format(Protocol):
    """One layout of checkpoint files: a row of `detect.FORMATS`.

    Attributes:
        name: what `models info` calls it.
    """

    name: str

    def recognises(self, candidate: Candidate) -> bool:
        """Whether the file is of this format; asked in the order of the table."""

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """Bring the weights to our networks' names.

        Args:
            candidate: what `recognises` said yes to.
            base: plain SAM weights, for formats that are only a difference.

        Raises:
            CheckpointError: it is of this format, and broken or not usable.
        """


def generic_class_names(count: int) -> tuple[str, ...]:
    """Names for `count` classes that nobody named; the first is the background."""
    if count == 2:
        return ("background", "foreground")
    return ("background", *(f"class {index}" for index in range(1, count)))
