"""`medsam-train prepare`: images and masks become a prepared set."""

from __future__ import annotations

from pathlib import Path

import typer

_RULES = "--min-voxels 0 --min-pixels 0 switches the rules off."


def prepare(
    sources: list[Path] = typer.Argument(
        ..., metavar="SOURCE...", help="Folders of images and masks, lists (.csv, .json), dataset.json, .npz."
    ),
    out: Path = typer.Option(..., "--out", "-o", help="Folder of the prepared set; made if need be."),
    split: str | None = typer.Option(
        None,
        "--split",
        help="TRAIN/VAL/TEST shares, drawn by patient for all cases; or a JSON file of ids or groups. "
        "By default splits that the source gives are kept and the rest is drawn 80/10/10.",
    ),
    seed: int = typer.Option(0, "--seed", help="Of the draw."),
    group_by: str | None = typer.Option(
        None, "--group-by", help=r"Regular expression that finds the patient in a case's name: patient\d+."
    ),
    intensity: list[str] = typer.Option(
        [],
        "--intensity",
        help="auto, ct-soft, ct-lung, ct-brain, ct-bone, mr, none or LOW,HIGH; SET=PRESET for one set. "
        "May repeat.",
    ),
    labels: str | None = typer.Option(
        None, "--labels", help="The labels wanted: 1=liver,2=kidney, or a JSON file. Others are an error."
    ),
    merge: list[str] = typer.Option(
        [], "--merge", help="LABEL,LABEL:LABEL by number or name, as in 2,3:1. May repeat."
    ),
    remove: list[str] = typer.Option(
        [], "--remove", help="Labels that become background: 12,duodenum. May repeat."
    ),
    instances: list[str] = typer.Option(
        [],
        "--instances",
        help="Labels whose parts become objects of their own (MedSAM: tumours).",
    ),
    min_voxels: int = typer.Option(
        1000, "--min-voxels", min=0, help=f"Smaller parts are removed from volumes (MedSAM: 1000). {_RULES}"
    ),
    min_pixels: int = typer.Option(
        100, "--min-pixels", min=0, help="Smaller parts are removed from slices (MedSAM: 100)."
    ),
    keep_empty: bool = typer.Option(False, "--keep-empty", help="Keep slices that show no label."),
    images_only: bool = typer.Option(
        False, "--images-only", help="Take images without masks, for medsam-train pretrain."
    ),
    drop_duplicates: bool = typer.Option(
        False, "--drop-duplicates", help="Of equal images in two splits keep the one held out."
    ),
    workers: int | None = typer.Option(
        None, "--workers", min=1, help="Processes; one a core by default, as far as memory allows."
    ),
    force: bool = typer.Option(False, "--force", help="Do all cases anew."),
) -> None:
    """Prepare images and masks for training: clean, window, split by patient, write slices as arrays.

    Goes on where it stopped; cases that have not changed are not done again. A case that cannot be used is
    left out and told, and the exit code is 0 as long as one is left.
    """
    from medsam_training.cli.prepare_screen import PrepareScreen, print_prepared
    from medsam_training.prepare.cleaning import CleaningRules
    from medsam_training.prepare.contact_sheet import NAME, write_contact_sheet
    from medsam_training.prepare.label_rules import LabelRules
    from medsam_training.prepare.options import Intensity, PrepareOptions
    from medsam_training.prepare.run import prepare_set
    from medsam_training.prepare.split import SplitRule
    from medsam_training.prepared_set import PreparedSet

    options = PrepareOptions(
        LabelRules.parse(labels, merge, remove, instances),
        CleaningRules(min_voxels, min_pixels, keep_empty),
        Intensity.parse(intensity),
        SplitRule.parse(split, seed),
        drop_duplicates,
    )
    with PrepareScreen() as screen:
        prepared = prepare_set(
            sources,
            out,
            options,
            workers=workers,
            force=force,
            group_by=group_by,
            images_only=images_only,
            progress=screen.progress,
        )
    write_contact_sheet(PreparedSet.open(out), out / NAME)
    print_prepared(prepared, out)
