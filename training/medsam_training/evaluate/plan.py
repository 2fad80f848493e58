"""What is asked, how often, and what counts as one object."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.row import Tolerances, Variant

FEWEST_PIXELS = 30
"""Of an object on its slice, where slices are what counts: Dice of a speck is luck."""
JITTER = 0.05


@dataclass(frozen=True)
class Plan:
    """All that decides the rows, but the models and the data.

    Attributes:
        per: "case": all slices of a label are put together and measured as one; "slice": each by itself.
        askings: ways to ask; the first is the one that tables and tests are about.
        seeds: each draws other prompts.
        fusions: "mean", "max": of the probabilities on the images of one case.
        tolerances: of NSD.
        objects: "label", or "part": each connected part of a label is asked for by itself.
        min_pixels: smaller objects are not asked for where slices are measured by themselves.
        labels: only these, by name; all by default.
        most: at most so many of each set: objects where slices are measured, else cases.
    """

    per: Literal["case", "slice"] = "case"
    askings: tuple[Asking, ...] = (Asking("box", JITTER),)
    seeds: tuple[int, ...] = (0,)
    fusions: tuple[str, ...] = ()
    tolerances: Tolerances = field(default_factory=Tolerances)
    objects: Literal["label", "part"] = "label"
    min_pixels: int = FEWEST_PIXELS
    labels: tuple[str, ...] = ()
    most: int | None = None

    @property
    def fewest_pixels(self) -> int:
        """Of an object that is asked for; a case is whole only with its smallest slices."""
        return self.min_pixels if self.per == "slice" else 1

    def seeds_of(self, asking: Asking) -> tuple[int, ...]:
        """The seeds that make a difference."""
        return self.seeds if asking.is_random else self.seeds[:1]

    def main_variant(self, model: str, image_size: int | None, asking: Asking | None = None) -> Variant:
        """The rows of a model that tables and tests are about."""
        fusion = self.fusions[0] if self.fusions and image_size is not None else ""
        return Variant(model, str(asking or self.askings[0]), image_size, fusion)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "askings": [str(asking) for asking in self.askings]}
