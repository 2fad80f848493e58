"""The one edge where every error becomes one line on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from medsam_core.cli.stop_cause import StopCause, stop_cause
from medsam_core.errors import MedSAMError

BAD_INPUT, BUG, INTERRUPTED = 2, 1, 130


class Interrupted(MedSAMError):
    """Ctrl-C or SIGTERM, where something is worth saying about what was written."""


@dataclass(frozen=True)
class Program:
    """What the edge has to know of a program.

    Attributes:
        name: as it is called.
        load: imports its commands, a typer app, when they are needed and not before.
        after_interrupt: what became of the work that Ctrl-C or SIGTERM stopped.
        no_memory: what ran out of memory, and what to do.
    """

    name: str
    load: Callable[[], Callable[..., object]]
    after_interrupt: str
    no_memory: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `medsam-slicer`: see `run_program`."""
    return run_program(_SLICER, arguments)


def run_program(program: Program, arguments: Sequence[str] | None = None) -> int:
    """Run a program.

    Args:
        program: which.
        arguments: the words after the program's name; those of the process by default.

    Returns:
        0; 2 for bad input; 1 for a case of a batch that failed, or an error of ours; 130 for Ctrl-C and
        SIGTERM.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [w for w in words if w != "--debug"]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that the terminal cannot show must not end a run
            stream.reconfigure(errors="backslashreplace")
    with stop_cause() as cause:
        return _told(program, words, debug, cause)


def _told(program: Program, words: list[str], debug: bool, cause: StopCause) -> int:
    """Run it and tell what went wrong; the exit code."""
    try:
        return _run(program, words)
    except Interrupted as error:
        return _tell(str(error), INTERRUPTED, debug)
    except MedSAMError as error:
        return _tell(str(error), BAD_INPUT, debug)
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - Python flushes it when it ends
        return 0
    except KeyboardInterrupt:
        return _tell(f"interrupted: stopped by {cause}; {program.after_interrupt}", INTERRUPTED, debug)
    except MemoryError:
        return _tell(f"memory: there is not enough{program.no_memory}", BAD_INPUT, debug)
    except Exception as error:  # noqa: BLE001 - the one edge that reports to the user
        problem = " ".join(f"{type(error).__name__}: {error}".split())
        line = f"{program.name}: unexpected failure ({problem}); run again with --debug and report it"
        return _tell(line, BUG, debug)


def _run(program: Program, words: list[str]) -> int:
    app = program.load()
    from medsam_core.cli.usage_error import usage_error_base  # typer, when it is there anyway

    try:
        outcome = app(words, prog_name=program.name, standalone_mode=False)
    except usage_error_base() as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else program.name
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


def _commands() -> Callable[..., object]:
    from medsam_core.cli.app import app

    return app


_SLICER = Program(
    "medsam-slicer",
    _commands,
    after_interrupt="nothing was written",
    no_memory=" for this volume and model; use a smaller volume or model, or close other programs",
)
