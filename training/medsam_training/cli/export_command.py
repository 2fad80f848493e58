"""`medsam-train export`."""

from __future__ import annotations

from pathlib import Path

import typer


def export(
    run: Path = typer.Argument(..., metavar="RUN", help="Folder of a run of medsam-train fit or pretrain."),
    out: Path = typer.Argument(..., metavar="OUT", help="The file to write, usually *.safetensors."),
    which: str = typer.Option("best", "--which", help="best (by validation) or, of fit, last."),
    half: bool = typer.Option(False, "--half", help="Half the size, in float16."),
    force: bool = typer.Option(False, "--force", help="Replace OUT if it exists."),
) -> None:
    """Write a run's weights as one file that medsam-slicer and Slicer load: LoRA merged, adapters kept."""
    from medsam_training.fit.export_run import export_run

    typer.echo(export_run(run, out, which, half, force))
