"""`medsam-slicer models`: which checkpoints there are, what one is, get one, turn one into another."""

from __future__ import annotations

import json
from pathlib import Path

import typer

app = typer.Typer(help="List, inspect, download and convert checkpoints.")


@app.callback(invoke_without_command=True)
def _models(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command("list")
def list_models() -> None:
    """Known models: name, size, licence, whether it is on this machine."""
    from rich.console import Console
    from rich.table import Table

    from medsam_core.checkpoints.catalog import describe_catalog

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "size", "licence", "here", "what it is"):
        table.add_column(heading)
    for row in describe_catalog():
        table.add_row(*row)
    Console().print(table)


@app.command("info")
def info(
    path: str = typer.Argument(..., metavar="PATH", help="A checkpoint file, or a model's name."),
    base: Path | None = typer.Option(
        None, "--base", help="The base SAM of a checkpoint that holds only changes."
    ),
    preset: str | None = typer.Option(
        None, "--preset", help="Preprocessing preset, if the file is ambiguous."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """What a checkpoint is: architecture, preset, image size, parameters, sha256, what was merged."""
    from medsam_core.checkpoints import inspect_checkpoint

    found = inspect_checkpoint(path, base=base, preset=preset)
    typer.echo(json.dumps(found.to_json(), indent=2) if as_json else found.describe())


@app.command("fetch")
def fetch(
    name: str = typer.Argument(..., metavar="NAME", help="A name from `models list`."),
    url: str | None = typer.Option(None, "--url", help="A mirror: http://, https:// or file://."),
    sha256: str | None = typer.Option(
        None, "--sha256", help="Checksum to hold it to, where none is published."
    ),
    accept_unverified: bool = typer.Option(
        False, "--accept-unverified", help="Take a file for which no checksum is published, as it is."
    ),
    folder: Path | None = typer.Option(None, "--folder", help="Where to; the user's data folder by default."),
) -> None:
    """Download a checkpoint: resumed where it broke off, checked, renamed when whole."""
    from medsam_core.checkpoints.fetch import fetch as fetch_model
    from medsam_core.cli.progress import progress_bar

    with progress_bar(f"Fetching {name}") as report:
        path = fetch_model(
            name,
            url=url,
            sha256=sha256,
            accept_unverified=accept_unverified,
            folder=folder,
            progress=lambda done, total: report(done >> 20, total >> 20, "MB"),
        )
    typer.echo(str(path))


@app.command("convert")
def convert(
    source: Path = typer.Argument(..., metavar="IN", help="Any checkpoint that `models info` knows."),
    target: Path = typer.Argument(..., metavar="OUT", help=".safetensors (ours) or .pth (segment-anything)."),
    base: Path | None = typer.Option(
        None, "--base", help="The base SAM of a checkpoint that holds only changes."
    ),
    preset: str | None = typer.Option(
        None, "--preset", help="Preprocessing preset, if the file is ambiguous."
    ),
    force: bool = typer.Option(False, "--force", help="Replace OUT if it exists."),
) -> None:
    """Rewrite a checkpoint as ours, or as a plain segment-anything file."""
    from medsam_core.checkpoints.convert import convert as convert_checkpoint

    converted = convert_checkpoint(source, target, base=base, preset=preset, overwrite=force)
    for note in converted.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"wrote {target}")
