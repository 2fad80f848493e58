"""What a comparison found: a line for each competitor, on all sets and on each."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from medsam_training.compare.competitor import Competitor
from medsam_training.compare.holm import holm
from medsam_training.evaluate.findings import Figure, find
from medsam_training.evaluate.paired_test import PairedTest, paired_test
from medsam_training.evaluate.row import Row, Variant
from medsam_training.evaluate.run import Evaluation


@dataclass(frozen=True)
class Line:
    """One competitor on one set.

    Attributes:
        name: of the competitor.
        set_name: None for the mean of the sets.
        figure: DSC, NSD and HD95 with their intervals, and the change of error against the ellipse.
        image_size: of its input; None where there is no network.
        parameters: of its network.
        training_seconds: of its training here; None where it was trained elsewhere, or never.
        seconds: from an image and a box to a mask.
        test: paired with the first competitor, its p corrected for the number of competitors; None for the
            first itself.
    """

    name: str
    set_name: str | None
    figure: Figure
    image_size: int | None
    parameters: int
    training_seconds: float | None
    seconds: float
    test: PairedTest | None


@dataclass(frozen=True)
class ComparisonTable:
    """All lines.

    Attributes:
        lines: of all sets first, then of each set; competitors in the order given, the ellipse last.
        split: what was measured on, for sentences.
    """

    lines: tuple[Line, ...]
    split: str

    @property
    def overall(self) -> tuple[Line, ...]:
        """The lines of all sets."""
        return self.of_set(None)

    @property
    def set_names(self) -> tuple[str, ...]:
        """The sets, sorted."""
        return tuple(sorted({line.set_name for line in self.lines if line.set_name is not None}))

    def of_set(self, name: str | None) -> tuple[Line, ...]:
        """The lines of one set."""
        return tuple(line for line in self.lines if line.set_name == name)

    def sentences(self) -> list[str]:
        """Each competitor against the first."""
        first = self.overall[0].name
        return [
            f"{line.test.sentence(line.name, self.split, first)}."
            for line in self.overall
            if line.test is not None
        ]


def table_of(
    evaluation: Evaluation,
    competitors: Sequence[Competitor],
    seconds: Mapping[str, float],
    uncounted: Collection[str] = (),
) -> ComparisonTable:
    """Sum up.

    Args:
        evaluation: rows of everyone.
        competitors: the first is what the others are tested against; the ellipse last.
        seconds: per image, by name.
        uncounted: sets that are shown but not averaged.
    """
    findings = find(evaluation, (), uncounted)
    variants = {variant.model: variant for variant in findings.main}
    lines: list[Line] = []
    for set_name in (None, *sorted({row.set_name for row in evaluation.rows})):
        tests = _tests(evaluation.rows, list(variants.values()), set_name, uncounted)
        for one in competitors:
            figure = findings.figure(variants[one.name], set_name)
            if figure is not None:
                lines.append(_line(one, figure, seconds[one.name], tests.get(one.name)))
    return ComparisonTable(tuple(lines), evaluation.split)


def _line(one: Competitor, figure: Figure, seconds: float, test: PairedTest | None) -> Line:
    size = one.contestant.image_size
    return Line(one.name, figure.set_name, figure, size, one.parameters, one.training_seconds, seconds, test)


def _tests(
    rows: Sequence[Row], variants: Sequence[Variant], set_name: str | None, uncounted: Collection[str]
) -> dict[str, PairedTest]:
    """Everyone against the first, by name."""
    counted = [
        row
        for row in rows
        if row.set_name == set_name or (set_name is None and row.set_name not in uncounted)
    ]
    mine = {variant: [row for row in counted if row.variant == variant] for variant in variants}
    found = {variant.model: paired_test(mine[variants[0]], mine[variant]) for variant in variants[1:]}
    tests = {name: test for name, test in found.items() if test is not None}
    corrected = holm([test.p for test in tests.values()])
    return {
        name: dataclasses.replace(test, p=p) for (name, test), p in zip(tests.items(), corrected, strict=True)
    }
