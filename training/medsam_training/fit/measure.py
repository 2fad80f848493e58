"""What validation is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A number that says how good an epoch's weights are.

    Attributes:
        key: what it is logged as.
        label: in words, inside a sentence.
        larger_is_better: Dice is, a loss is not.
    """

    key: str
    label: str
    larger_is_better: bool

    @property
    def mode(self) -> str:
        """As Lightning has it."""
        return "max" if self.larger_is_better else "min"

    def is_better(self, value: float, than: float) -> bool:
        """Whether a value beats another."""
        return value > than if self.larger_is_better else value < than


VALIDATION_DICE = Measure("validation_dice", "validation Dice", larger_is_better=True)


def best_row(rows: Sequence[Mapping[str, float]], measure: Measure) -> Mapping[str, float]:
    """The row with the best value; the first one of equals."""
    best = rows[0]
    for row in rows[1:]:
        if measure.is_better(row[measure.key], best[measure.key]):
            best = row
    return best
