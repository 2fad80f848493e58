"""Who is compared, and what they cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from medsam_core.errors import OptionError
from medsam_training.compare.specialist_kinds import KINDS
from medsam_training.compare.specialist_segmenter import SpecialistSegmenter, specialist_model
from medsam_training.compare.specialist_training import training_seconds
from medsam_training.evaluate.contestant import Contestant, the_ellipse
from medsam_training.evaluate.models import ModelWish, contestant_of, contestants_of, named_apart
from medsam_training.fit.run_folder import RunFolder


@dataclass(frozen=True, eq=False)
class Competitor:
    """A contestant of `evaluate` with what it cost.

    Attributes:
        contestant: what is measured.
        parameters: weights of its network; 0 where there is none.
        training_seconds: of its training in this comparison; None where it was trained elsewhere, or never.
    """

    contestant: Contestant
    parameters: int
    training_seconds: float | None = None

    @property
    def name(self) -> str:
        """As in tables."""
        return self.contestant.name


def promptable_competitors(wishes: Sequence[ModelWish]) -> list[Competitor]:
    """Checkpoints, named apart.

    Raises:
        OptionError: one of them asks for no boxes.
        CheckpointError, DeviceError: one cannot be used.
    """
    found: list[Contestant] = []
    for wish in wishes:
        opened, _ = contestants_of(wish)
        for one in named_apart(found, opened):
            if one.is_automatic:
                problem = "finds its classes by itself and takes no box"
                raise OptionError(wish.checkpoint, problem, "compare it by medsam-train evaluate")
            found.append(one)
    return [Competitor(one, int(one.about["parameters"])) for one in found]


def specialist_competitor(kind: str, folder: RunFolder, device: str) -> Competitor:
    """A trained specialist.

    Raises:
        CheckpointError, DeviceError, OutputError: it cannot be used.
    """
    model, title = specialist_model(folder.best, device), KINDS[kind].title
    plain = contestant_of(model, title)
    contestant = dataclasses.replace(plain, segmenter=SpecialistSegmenter(model, title))
    return Competitor(contestant, model.info.parameters, training_seconds(folder))


def ellipse_competitor() -> Competitor:
    """The baseline: no weights, no image."""
    return Competitor(the_ellipse(), 0)
