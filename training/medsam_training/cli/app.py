"""The commands of `medsam-train` and their options."""

from __future__ import annotations

import typer

from medsam_training.cli import (
    compare_command,
    evaluate_command,
    export_command,
    fit_command,
    prepare_command,
    pretrain_command,
)
from medsam_training.cli.several_values import SeveralValues

app = typer.Typer(
    name="medsam-train",
    help="Fine-tune promptable segmentation on your own images and masks. Not for clinical use.",
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


app.command("prepare")(prepare_command.prepare)
app.command("pretrain")(pretrain_command.pretrain)
app.command("fit")(fit_command.fit)
app.command("evaluate")(evaluate_command.evaluate)
app.command("compare", cls=SeveralValues)(compare_command.compare)
app.command("export")(export_command.export)
