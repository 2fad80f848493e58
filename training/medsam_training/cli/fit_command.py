"""`medsam-train fit`."""

from __future__ import annotations

from pathlib import Path

import typer

from medsam_core.errors import OptionError


def fit(
    config: Path | None = typer.Argument(None, metavar="[CONFIG]", help="YAML file of the run."),
    preset: str | None = typer.Option(
        None, "--preset", help="medsam, decoder-only, lora, adapter, full or few-shot."
    ),
    data: str | None = typer.Option(None, "--data", help="Folder of a prepared set (medsam-train prepare)."),
    out: str | None = typer.Option(None, "--out", help="Folder of the run: checkpoints, curves, best model."),
    start: str | None = typer.Option(
        None, "--from", help="Checkpoint to start from: a name or a path; 'random' for none."
    ),
    changes: list[str] = typer.Option([], "--set", help="Any key, as loop.epochs=10; may repeat."),
    resume: bool = typer.Option(False, "--resume", help="Go on with the run in --out."),
) -> None:
    """Fine-tune a network on a prepared set.

    Several GPUs or machines: torchrun --nproc-per-node N -m medsam_training.cli fit ..., or srun.
    """
    from medsam_training.fit.config_file import read_config, read_resumed
    from medsam_training.fit.run import fit as run

    if resume:
        if out is None or config is not None or preset or data or start:
            remedy = "give --resume --out RUN alone; with --set only keys of loop"
            raise OptionError("--resume", "goes on with a run as it was set up", remedy)
        run(read_resumed(Path(out), changes), resume=True)
        return
    if start is not None:
        changes = [f"strategy.start={start}", *changes]
    run(read_config(config, preset, changes, data_set=data, out=out))
