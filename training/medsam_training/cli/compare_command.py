"""`medsam-train compare`: promptable networks beside specialists and the ellipse, on one split."""

from __future__ import annotations

from pathlib import Path

import typer


def compare(
    data: Path = typer.Option(..., "--data", help="Folder of a prepared set (medsam-train prepare)."),
    out: Path = typer.Option(..., "--out", "-o", help="Folder of the results; made if need be."),
    models: list[str] = typer.Option(
        [], "--models", help="Promptable checkpoints: names, files, folders of runs of medsam-train fit."
    ),
    specialists: list[str] = typer.Option(
        [], "--specialists", help="To train on the training cases, the box as a channel: unet, deeplabv3plus."
    ),
    config: Path | None = typer.Option(None, "--config", help="YAML file of the specialists' training."),
    epochs: int | None = typer.Option(None, "--epochs", min=1, help="Of each specialist (20)."),
    size: int | None = typer.Option(
        None, "--size", help="Side of the specialists' input, a multiple of 16 (256)."
    ),
    width: int | None = typer.Option(
        None, "--width", min=8, help="Channels of their first level (unet 32, deeplabv3plus 64)."
    ),
    seed: int | None = typer.Option(
        None, "--seed", min=0, help="Of the specialists' weights and training (0)."
    ),
    changes: list[str] = typer.Option(
        [], "--set", help="Any key of the specialists' training, as loop.batch=16; may repeat."
    ),
    split: str = typer.Option("test", "--split", help="What is measured on: test or val."),
    per: str = typer.Option(
        "case", "--per", help="case: the slices of a label are one object. slice: each is one."
    ),
    most: int | None = typer.Option(
        None, "--most", min=1, help="At most so many cases of each set (objects, with --per slice)."
    ),
    labels: str | None = typer.Option(None, "--labels", help="Only these, by name: liver,kidney."),
    jitter: float = typer.Option(
        0.05, "--jitter", min=0.0, max=0.99, help="Share of its side by which an edge of the box may be off."
    ),
    seeds: str = typer.Option("0", "--seeds", help="Each draws the boxes anew: 0,1,2."),
    tolerance: list[str] = typer.Option(
        [], "--tolerance", help="Of NSD, in mm (2); SET=VALUE for one set. May repeat."
    ),
    tolerance_pixels: float = typer.Option(
        2.0, "--tolerance-pixels", min=0.0, help="Of NSD in pictures, which have no mm."
    ),
    uncounted: list[str] = typer.Option([], "--uncounted", help="Sets to show but to leave out of the mean."),
    base: str | None = typer.Option(None, "--base", help="The SAM that a difference was trained on."),
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda, mps."),
) -> None:
    """Compare checkpoints with specialists trained here and with the ellipse in the box.

    All are measured on the same cases in the same boxes; the others are tested against the first. Writes
    comparison.csv, comparison.json and comparison.png. Goes on where it stopped: specialists that are
    trained are not trained again.
    """
    from medsam_training.cli.compare_screen import CompareScreen, print_comparison
    from medsam_training.cli.evaluate_options import plan_of, words
    from medsam_training.compare.comparison import Contest
    from medsam_training.compare.comparison import compare as run
    from medsam_training.compare.specialist_config import read_specialists
    from medsam_training.evaluate.models import ModelWish

    plan = plan_of(
        per=per,
        most=most,
        labels=labels,
        objects="label",
        min_pixels=None,
        jitter=str(jitter),
        points=None,
        clicks=None,
        fuse=None,
        seeds=seeds,
        tolerance=tolerance,
        tolerance_pixels=tolerance_pixels,
    )
    given = {"epochs": epochs, "seed": seed, "size": size, "width": width, "device": device}
    contest = Contest(
        data,
        tuple(ModelWish(model, base=base, device=device) for model in words(models)),
        read_specialists(words(specialists), str(data), changes, path=config, **given),
        plan,
        split,
        words(uncounted),
        device,
    )
    with CompareScreen() as screen:
        table = run(contest, out, screen.progress, screen.say)
    print_comparison(table, out)
