"""Both commands greet alike."""

from __future__ import annotations

from typer.testing import CliRunner

from medsam_core.cli.root_app import root_app
from medsam_core.version import VERSION


def ask(*words: str) -> str:
    app = root_app("tool", "It does a thing.")
    app.command("work")(lambda: None)
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0
    return answer.output


def test_it_says_its_version() -> None:
    assert ask("--version") == f"{VERSION}\n"


def test_without_a_command_it_says_what_there_is() -> None:
    assert ask() == ask("--help")
    assert "It does a thing." in ask()
    assert "work" in ask()
