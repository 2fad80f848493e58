"""What the parser of the command line raises."""

from __future__ import annotations

import typer


def usage_error_base() -> type[Exception]:
    """The class of all complaints of the command-line parser (typer carries its own copy of click)."""
    return typer.BadParameter.__mro__[2]
