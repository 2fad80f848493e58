"""What the rows say: means with intervals, tests, calibration, curves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from medsam_training.evaluate.calibration import Calibration, calibration
from medsam_training.evaluate.contestant import ELLIPSE, Contestant
from medsam_training.evaluate.paired_test import PairedTest, paired_test
from medsam_training.evaluate.row import Row, Variant
from medsam_training.evaluate.run import Evaluation
from medsam_training.evaluate.summary import Estimate, error_change, estimate, mean_of_sets

Key = TypeVar("Key", bound=Hashable)
Rows = dict[Variant, list[Row]]


@dataclass(frozen=True)
class Figure:
    """Means of one variant on one part of the data.

    Attributes:
        variant: what gave the masks.
        set_name, label, modality: of the part; None stands for all.
        dsc, nsd: means with intervals; of all sets the mean of their means.
        hd95: the same; None where some of it is in mm and some in pixels.
        unit: of hd95.
        error_change: of 1 - DSC against the ellipse in the same boxes: -0.3 is 30 % less; None without one.
    """

    variant: Variant
    set_name: str | None
    label: str | None
    modality: str | None
    dsc: Estimate
    nsd: Estimate
    hd95: Estimate | None
    unit: str | None
    error_change: float | None


@dataclass(frozen=True)
class Comparison:
    """A paired test between two variants, on one set or on all.

    Attributes:
        before, after: the variants.
        set_name: None for all.
        test: its figures.
        sentence: in plain words.
    """

    before: Variant
    after: Variant
    set_name: str | None
    test: PairedTest
    sentence: str


@dataclass(frozen=True)
class SeedFigure:
    """Mean DSC (of the sets' means) of one variant with one seed."""

    variant: Variant
    seed: int
    dsc: float


@dataclass(frozen=True)
class Reliability:
    """Calibration of one variant, over objects on slices."""

    variant: Variant
    calibration: Calibration


@dataclass(frozen=True)
class Findings:
    """Everything that a report shows.

    Attributes:
        main: the variant of each contestant that tables are about.
        figures: of every variant on all sets, each set, each label; of the main ones on each modality.
        comparisons: with the other checkpoint, and with the ellipse.
        seeds: where there are several.
        reliability: of variants with scores.
    """

    main: tuple[Variant, ...]
    figures: tuple[Figure, ...]
    comparisons: tuple[Comparison, ...]
    seeds: tuple[SeedFigure, ...]
    reliability: tuple[Reliability, ...]

    def figure(self, variant: Variant, set_name: str | None = None) -> Figure | None:
        """Of one variant on one set, or on all."""
        wanted = (variant, set_name, None, None)
        return next((f for f in self.figures if (f.variant, f.set_name, f.label, f.modality) == wanted), None)


def find(
    evaluation: Evaluation, against: Sequence[Contestant] = (), uncounted: Collection[str] = ()
) -> Findings:
    """Summarise an evaluation.

    Args:
        evaluation: the rows.
        against: the contestants that stand for "before".
        uncounted: sets that are shown but not averaged.
    """
    rows = _grouped(evaluation.rows, lambda row: row.variant)
    main = tuple(v for v in (_main(evaluation, one) for one in evaluation.contestants) if v in rows)
    slices = _grouped(evaluation.slices, lambda row: row.variant)
    found = ((variant, calibration(mine)) for variant, mine in slices.items())
    return Findings(
        main,
        tuple(figure for v in rows for figure in _figures(rows, v, v in main, uncounted)),
        tuple(_comparisons(evaluation, rows, main, {one.name for one in against})),
        tuple(_seeds(rows, main, uncounted)),
        tuple(Reliability(variant, one) for variant, one in found if one is not None),
    )


def _grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def _main(evaluation: Evaluation, contestant: Contestant) -> Variant | None:
    askings = contestant.askings(evaluation.plan.askings)
    if not askings:
        return None
    return evaluation.plan.main_variant(contestant.name, contestant.image_size, askings[0])


def _figures(rows: Rows, variant: Variant, is_main: bool, uncounted: Collection[str]) -> Iterator[Figure]:
    mine = rows[variant]
    ellipse = _of_same_objects(rows.get(Variant(ELLIPSE, variant.prompt), []), mine)
    ellipse = ellipse if variant.model != ELLIPSE else []
    means = [mean_of_sets(mine, measure, uncounted) for measure in ("dsc", "nsd")]
    if all(means):
        base = mean_of_sets(ellipse, "dsc", uncounted)
        change = error_change(means[0].mean, base.mean) if base else None
        yield Figure(variant, None, None, None, *means, *_distance(mine, mean_of_sets), change)
    parts: list[Callable[[Row], tuple[str | None, str | None, str | None]]]
    parts = [lambda row: (row.set_name, None, None), lambda row: (row.set_name, row.label, None)]
    if is_main:
        parts.append(lambda row: (None, None, row.modality))
    for part in parts:
        base_rows = _grouped(ellipse, part)
        for key, some in sorted(_grouped(mine, part).items(), key=lambda item: str(item[0])):
            yield _figure(variant, key, some, base_rows.get(key, []))


def _of_same_objects(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Not every variant has an answer for every case: an image may be missing in some."""
    there = {(row.case_id, row.number, row.part, row.slice_number, row.seed) for row in others}
    return [r for r in rows if (r.case_id, r.number, r.part, r.slice_number, r.seed) in there]


def _figure(
    variant: Variant, key: tuple[str | None, str | None, str | None], rows: list[Row], ellipse: list[Row]
) -> Figure:
    dsc = estimate(rows)
    change = error_change(dsc.mean, estimate(ellipse).mean) if ellipse else None
    return Figure(variant, *key, dsc, estimate(rows, "nsd"), *_distance(rows, estimate), change)


def _distance(rows: Sequence[Row], mean: Callable) -> tuple[Estimate | None, str | None]:
    units = {row.unit for row in rows}
    return (mean(rows, "hd95"), units.pop()) if len(units) == 1 else (None, None)


def _comparisons(
    evaluation: Evaluation, rows: Rows, main: Sequence[Variant], before: Collection[str]
) -> Iterator[Comparison]:
    models = [v for v in main if v.model != ELLIPSE]
    for after in (v for v in models if v.model not in before):
        others = [v for v in models if v.model in before]
        for other in others:
            yield from _compared(evaluation, rows, other, after)
    for ellipse in (v for v in main if v.model == ELLIPSE):
        for after in models:
            yield from _compared(evaluation, rows, ellipse, after)


def _compared(evaluation: Evaluation, rows: Rows, before: Variant, after: Variant) -> Iterator[Comparison]:
    first, second = rows[before], rows[after]
    sets = sorted({row.set_name for row in second})
    for set_name in (None, *(sets if len(sets) > 1 else ())):
        test = paired_test(*([r for r in some if set_name in (None, r.set_name)] for some in (first, second)))
        if test is not None:
            where = f"{evaluation.split} {set_name}".strip() if set_name else evaluation.split
            name = f"{after.model} at {after.image_size} px" if _is_sized(evaluation, after) else after.model
            sentence = test.sentence(name, where, "the ellipse" if before.model == ELLIPSE else None)
            yield Comparison(before, after, set_name, test, sentence)


def _is_sized(evaluation: Evaluation, variant: Variant) -> bool:
    return sum(one.name == variant.model for one in evaluation.contestants) > 1


def _seeds(rows: Rows, main: Sequence[Variant], uncounted: Collection[str]) -> Iterator[SeedFigure]:
    for variant in main:
        by_seed = _grouped(rows[variant], lambda row: row.seed)
        for seed, mine in sorted(by_seed.items()) if len(by_seed) > 1 else ():
            found = mean_of_sets(mine, "dsc", uncounted)
            if found is not None:
                yield SeedFigure(variant, seed, found.mean)


def spread(figures: Sequence[SeedFigure]) -> tuple[float, float]:
    """Mean and standard deviation (n - 1) over seeds."""
    values = np.array([figure.dsc for figure in figures])
    return float(values.mean()), float(values.std(ddof=1))
