"""`medsam-slicer bench`: how fast this machine is, against segment-anything's own encoder in the same run."""

from __future__ import annotations

from pathlib import Path

import typer


def bench(
    json_file: Path = typer.Option(..., "--json", help="Where to write the figures."),
    quick: bool = typer.Option(False, "--quick", help="Small networks, few repeats: a trial run."),
    force: bool = typer.Option(False, "--force", help="Replace the file if it exists."),
) -> None:
    """Measure encoders, prompt-to-mask and a whole volume; write JSON."""
    from medsam_core.atomic_file import check_output
    from medsam_core.bench import run_bench
    from medsam_core.cli.progress import progress_bar

    check_output(json_file, overwrite=force)
    with progress_bar("Measuring") as report:
        run_bench(json_file, quick=quick, progress=report)
    typer.echo(f"wrote {json_file}")
