"""`medsam-train pretrain`."""

from __future__ import annotations

from pathlib import Path

import typer

from medsam_core.errors import OptionError


def pretrain(
    config: Path | None = typer.Argument(None, metavar="[CONFIG]", help="YAML file of the run."),
    preset: str | None = typer.Option(None, "--preset", help="simmim or mae."),
    data: str | None = typer.Option(None, "--data", help="Folder of a prepared set; its masks are not used."),
    out: str | None = typer.Option(None, "--out", help="Folder of the run: curves, paintings, best encoder."),
    start: str | None = typer.Option(
        None, "--from", help="Checkpoint whose encoder goes on learning; 'random' for none."
    ),
    changes: list[str] = typer.Option([], "--set", help="Any key, as encoder.backbone=vit_b; may repeat."),
    resume: bool = typer.Option(False, "--resume", help="Go on with the run in --out."),
) -> None:
    """Teach an image encoder on images alone: it paints what is hidden. Then fit --from OUT/best.safetensors.

    Several GPUs or machines: torchrun --nproc-per-node N -m medsam_training.cli pretrain ..., or srun.
    """
    from medsam_training.fit.config_file import read_config_of, read_resumed_of
    from medsam_training.pretrain.config import PretrainConfig
    from medsam_training.pretrain.presets import PRESETS
    from medsam_training.pretrain.run import pretrain as run

    if resume:
        if out is None or config is not None or preset or data or start:
            remedy = "give --resume --out RUN alone; with --set only keys of loop"
            raise OptionError("--resume", "goes on with a run as it was set up", remedy)
        run(read_resumed_of(PretrainConfig, Path(out), changes), resume=True)
        return
    if start is not None:
        changes = [f"encoder.start={start}", *changes]
    run(read_config_of(PretrainConfig, config, preset, changes, PRESETS, data_set=data, out=out))
