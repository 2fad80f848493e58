"""The commands of `medsam-slicer` and their options."""

from __future__ import annotations

import typer

from medsam_core.cli import (
    batch_command,
    bench_command,
    demo_command,
    models_commands,
    segment_command,
    view_command,
)

app = typer.Typer(
    name="medsam-slicer",
    help="Segment medical images with a box or a click: MedSAM and other SAM-type models on whole volumes."
    " Not for clinical use.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error (works anywhere)."),
) -> None:
    if version:
        from medsam_core.version import VERSION

        typer.echo(VERSION)
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command("segment")(segment_command.segment)
app.command("batch")(batch_command.batch)
app.command("demo")(demo_command.demo)
app.command("view")(view_command.view)
app.command("bench")(bench_command.bench)
app.add_typer(models_commands.app, name="models")
