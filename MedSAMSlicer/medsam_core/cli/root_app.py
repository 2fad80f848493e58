"""What the two commands `medsam-slicer` and `medsam-train` have in common: their own options and help."""

from __future__ import annotations

import typer


def root_app(name: str, purpose: str) -> typer.Typer:
    """An application without commands yet: `--version`, `--debug`, and its help where no command is named.

    Args:
        name: the command's name.
        purpose: what it is for, in a sentence or two.
    """
    app = typer.Typer(
        name=name,
        help=purpose,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(_root)
    return app


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
