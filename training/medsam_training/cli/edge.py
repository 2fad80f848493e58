"""The edge of `medsam-train`: every error becomes one line on stderr and an exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from medsam_core.cli.edge import Program, run_program


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `medsam-train`: see `medsam_core.cli.edge.run_program`."""
    return run_program(_TRAIN, arguments)


def _commands() -> Callable[..., object]:
    from medsam_training.cli.app import app

    return app


_TRAIN = Program(
    "medsam-train",
    _commands,
    after_interrupt="what is finished is kept; the same command goes on, fit and pretrain with --resume",
    no_memory="; use fewer --workers, or close other programs",
)
