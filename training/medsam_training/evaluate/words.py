"""The findings in plain sentences."""

from __future__ import annotations

from medsam_training.evaluate.contestant import ELLIPSE
from medsam_training.evaluate.findings import Findings
from medsam_training.evaluate.run import Evaluation


def headlines(evaluation: Evaluation, findings: Findings) -> list[str]:
    """What a reader wants first: before and after, then how far below the ellipse the error is."""
    lines = [
        f"{c.sentence}." for c in findings.comparisons if c.set_name is None and c.before.model != ELLIPSE
    ]
    for variant in findings.main:
        figure = findings.figure(variant)
        if figure is None or figure.error_change is None:
            continue
        base = next(f for v in findings.main if v.model == ELLIPSE if (f := findings.figure(v)))
        side = "below" if figure.error_change <= 0 else "above"
        size = f" at {variant.image_size} px" if _sizes(findings, variant.model) > 1 else ""
        lines.append(
            f"{variant.model}{size}: {evaluation.split} Dice {figure.dsc.mean:.3f}, ellipse "
            f"{base.dsc.mean:.3f}: its error (1 - Dice, {_over(findings)}) is "
            f"{abs(figure.error_change):.0%} {side} the ellipse's.".replace("  ", " ")
        )
    return lines or [_only_figure(evaluation, findings)]


def how_measured(evaluation: Evaluation) -> list[str]:
    """The definitions that the figures rest on."""
    plan, tolerances = evaluation.plan, evaluation.plan.tolerances
    if plan.per == "case":
        unit = "Each label of a case is one object: its slices are asked for one by one and measured as one."
    else:
        unit = f"Each {plan.objects} of {plan.min_pixels} pixels or more on a slice is one object."
    others = "".join(f", {name} {value:g}" for name, value in tolerances.by_set)
    most = f", at most {plan.most} of each set" if plan.most else ""
    return [
        f"{unit[:-1]}{most}.",
        f"Asked for by: {', '.join(map(str, plan.askings))}; seeds {', '.join(map(str, plan.seeds))}. "
        "A box is drawn around the truth of its slice and each edge moved by up to the share given.",
        f"NSD within {tolerances.mm:g} mm, of pictures {tolerances.pixels:g} pixels{others}; surfaces by "
        "area, as the surface-distance package. HD95: 95th percentile of surface distances.",
        "Two empty masks agree (DSC, NSD 1, HD95 0); one alone is DSC, NSD 0 and HD95 the image's diagonal.",
        "Calibration is of masks on slices. Tests are two-sided Wilcoxon signed-rank on patients' means.",
    ]


def _over(findings: Findings) -> str:
    sets = {f.set_name for f in findings.figures if f.set_name}
    return "mean of the sets" if len(sets) > 1 else "mean of the objects"


def _sizes(findings: Findings, model: str) -> int:
    return len({v.image_size for v in findings.main if v.model == model})


def _only_figure(evaluation: Evaluation, findings: Findings) -> str:
    first = findings.main[0]
    figure = findings.figure(first) or next(f for f in findings.figures if f.variant == first)
    return f"{first.model}: {evaluation.split} Dice {figure.dsc.mean:.3f}.".replace("  ", " ")
