"""`medsam-train evaluate`: how well a checkpoint segments, beside the ellipse in the same box."""

from __future__ import annotations

from pathlib import Path

import typer


def evaluate(
    model: str = typer.Argument(
        ..., metavar="MODEL", help="Checkpoint: a name, a file, or the folder of a run of medsam-train fit."
    ),
    data: list[Path] = typer.Option(
        ..., "--data", help="Prepared set, or whatever medsam-train prepare takes. May repeat."
    ),
    out: Path = typer.Option(..., "--out", "-o", help="Folder of the results; made if need be."),
    against: str | None = typer.Option(
        None, "--against", help="Another checkpoint: what MODEL was before, for a paired test."
    ),
    split: str | None = typer.Option(
        None, "--split", help="train, val, test or all; by default test, or all where none is named."
    ),
    per: str = typer.Option(
        "case", "--per", help="case: the slices of a label are one object. slice: each is one."
    ),
    most: int | None = typer.Option(
        None, "--most", min=1, help="At most so many cases of each set (objects, with --per slice)."
    ),
    sets: str | None = typer.Option(None, "--sets", help="Only these sets, by name: liver_ct,polyps."),
    labels: str | None = typer.Option(None, "--labels", help="Only these, by name: liver,kidney."),
    objects: str = typer.Option(
        "label", "--objects", help="label, or part: each connected part on a slice gets its own prompt."
    ),
    min_pixels: int | None = typer.Option(
        None, "--min-pixels", min=1, help="Smaller objects are not asked for, with --per slice (30)."
    ),
    jitter: str = typer.Option(
        "0.05",
        "--jitter",
        help="How far each edge of the box may be off, in shares of its side; the first "
        "is what tables are about: 0.05,0,0.1,0.2.",
    ),
    points: str | None = typer.Option(None, "--points", help="Clicks on the object at once: 1,5,10,20."),
    clicks: str | None = typer.Option(
        None, "--clicks", help="Clicks one after the other, each on the largest error: 1,3."
    ),
    sizes: str | None = typer.Option(
        None, "--sizes", help="Input sizes in pixels, of networks that allow it: 1024,512,224."
    ),
    fuse: str | None = typer.Option(
        None, "--fuse", help="mean, max or mean,max of the probabilities on all images of a case."
    ),
    phases: str | None = typer.Option(
        None,
        "--phases",
        help="Regular expression: the part of a case's name that tells its images apart. "
        "By default images whose labels are in one file belong together.",
    ),
    seeds: str = typer.Option("0", "--seeds", help="Each draws boxes and clicks anew: 0,1,2."),
    preset: str | None = typer.Option(None, "--preset", help="Preprocessing in place of MODEL's own."),
    against_preset: str | None = typer.Option(None, "--against-preset", help="In place of OTHER's own."),
    intensity: list[str] = typer.Option(
        [], "--intensity", help="As of medsam-train prepare, for folders that are not prepared. May repeat."
    ),
    group_by: str | None = typer.Option(None, "--group-by", help="As of medsam-train prepare."),
    tolerance: list[str] = typer.Option(
        [], "--tolerance", help="Of NSD, in mm (2); SET=VALUE for one set. May repeat."
    ),
    tolerance_pixels: float = typer.Option(
        2.0, "--tolerance-pixels", min=0.0, help="Of NSD in pictures, which have no mm."
    ),
    uncounted: list[str] = typer.Option(
        [], "--uncounted", help="A set to show but to leave out of the mean. May repeat."
    ),
    base: str | None = typer.Option(None, "--base", help="The SAM that a difference was trained on."),
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda, mps."),
    precision: str = typer.Option("auto", "--precision", help="auto, fp32, bf16, fp16."),
) -> None:
    """Measure a checkpoint: Dice, NSD, HD95, trust in its score; beside the ellipse in the same box.

    Writes report.html, summary.json and CSV. Goes on where it stopped: cases that were measured in the same
    way are not measured again.
    """
    from medsam_training.cli.evaluate_options import ModelOptions, plan_of, whole_numbers, words
    from medsam_training.cli.evaluate_screen import print_findings
    from medsam_training.cli.prepare_screen import PrepareScreen
    from medsam_training.evaluate.session import Data, evaluate_models

    plan = plan_of(
        per=per,
        most=most,
        labels=labels,
        objects=objects,
        min_pixels=min_pixels,
        jitter=jitter,
        points=points,
        clicks=clicks,
        fuse=fuse,
        seeds=seeds,
        tolerance=tolerance,
        tolerance_pixels=tolerance_pixels,
    )
    options = ModelOptions(base, device, precision)
    first = options.wish(model, preset)
    second = None if against is None else options.wish(against, against_preset)
    sources = Data(tuple(data), split, tuple(intensity), group_by, phases, words([sets or ""]))
    size_list = whole_numbers("--sizes", sizes) if sizes else ()
    with PrepareScreen() as screen:
        evaluation, findings = evaluate_models(
            first, second, sources, plan, out, size_list, words(uncounted), screen.progress
        )
    print_findings(evaluation, findings, out)
