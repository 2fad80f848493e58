"""The one edge where every error becomes one line on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from medsam_core.errors import MedSAMError

BAD_INPUT, BUG, INTERRUPTED = 2, 1, 130
_NAME = "medsam-train"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `medsam-train`.

    Args:
        arguments: the words after the program's name; those of the process by default.

    Returns:
        0; 2 for bad input; 1 for an error of ours; 130 for Ctrl-C.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that the terminal cannot show must not end a run
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(words)
    except MedSAMError as error:
        return _tell(str(error), BAD_INPUT, debug)
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - Python flushes it when it ends
        return 0
    except KeyboardInterrupt:
        remedy = "what is finished is kept; the same command goes on"
        return _tell(f"interrupted: stopped by Ctrl-C; {remedy}", INTERRUPTED, debug)
    except MemoryError:
        problem = "memory: there is not enough"
        return _tell(f"{problem}; use fewer --workers, or close other programs", BAD_INPUT, debug)
    except Exception as error:  # noqa: BLE001 - the one edge that reports to the user
        problem = " ".join(f"{type(error).__name__}: {error}".split())
        line = f"{_NAME}: unexpected failure ({problem}); run again with --debug and report it"
        return _tell(line, BUG, debug)


def _run(words: list[str]) -> int:
    from medsam_core.cli.app import usage_error_base
    from medsam_training.cli.app import app

    try:
        outcome = app(words, prog_name=_NAME, standalone_mode=False)
    except usage_error_base() as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else _NAME
        message = " ".join(error.format_message().split()).rstrip(".")
        return _tell(f"{_subject(error, command)}: {message}; see {command} --help", BAD_INPUT, False)
    if outcome == INTERRUPTED:  # typer turns Ctrl-C into this code and says nothing
        raise KeyboardInterrupt
    return outcome if isinstance(outcome, int) else 0


def _subject(error: Exception, command: str) -> str:
    parameter = getattr(error, "param", None)
    if parameter is not None and getattr(parameter, "opts", None):
        name = parameter.opts[-1]
        return name if name.startswith("-") else (parameter.metavar or name.upper())
    return str(getattr(error, "option_name", None) or command)


def _tell(line: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"error: {line}", file=sys.stderr)
    return code
