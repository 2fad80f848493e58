"""`medsam-slicer batch`: a list of cases, a folder of results."""

from __future__ import annotations

from pathlib import Path

import typer


def batch(
    cases: Path = typer.Argument(
        ..., metavar="CASES", help="JSON list or CSV: image, box or boxes or prompts, id, output."
    ),
    output_dir: Path = typer.Option(..., "--output-dir", "-o", help="Folder of results; made if need be."),
    resume: bool = typer.Option(False, "--resume", help="Keep what is finished and unchanged; do the rest."),
    model: str = typer.Option(
        "demo", "--model", "-m", help="A model's name (see: models list) or a checkpoint."
    ),
    base: Path | None = typer.Option(
        None, "--base", help="The base SAM of a checkpoint that holds only changes."
    ),
    preset: str | None = typer.Option(
        None, "--preset", help="Preprocessing preset, if the file is ambiguous."
    ),
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda or mps."),
    precision: str = typer.Option("auto", "--precision", help="auto, fp32, bf16 or fp16."),
    backend: str = typer.Option("auto", "--backend", help="auto, torch or openvino (CPU)."),
    intensity: str = typer.Option(
        "auto", "--intensity", help="auto, ct-soft, ct-lung, ct-brain, ct-bone, mr, none or LOW,HIGH."
    ),
    propagation: str = typer.Option(
        "roi", "--propagation", help="As for segment: roi, track, ..., for all cases."
    ),
    format: str = typer.Option(
        ".seg.nrrd",
        "--format",
        help="Of outputs that name none: .seg.nrrd, .nii.gz, .nrrd, .mha, .png, or .dcm (of DICOM folders).",
    ),
    overviews: bool = typer.Option(False, "--overviews", help="Write a PNG of slices for each case."),
    force: bool = typer.Option(False, "--force", help="Do all anew and replace files that exist."),
) -> None:
    """Segment many images; one that fails is told and the rest go on. Shared out by torchrun and SLURM."""
    from medsam_core.batch.batch_model import ModelChoice
    from medsam_core.batch.run import run_batch
    from medsam_core.batch.shard import Shard
    from medsam_core.cli.batch_screen import BatchScreen, print_batch
    from medsam_core.cli.edge import Interrupted

    shard = Shard.from_environment()
    screen = BatchScreen(shard)
    try:
        with screen:
            summary = run_batch(
                cases,
                output_dir,
                ModelChoice(model, base, preset, device, precision, backend),
                propagation=propagation,
                intensity=intensity,
                format=format,
                overviews=overviews,
                resume=resume,
                force=force,
                shard=shard,
                progress=screen.progress,
                on_case=screen.show,
            )
    except KeyboardInterrupt:
        problem = f"stopped after {screen.told} of its cases; what is finished is kept"
        raise Interrupted("interrupted", problem, "go on with --resume") from None
    print_batch(summary)
    if summary.failed:
        raise typer.Exit(1)
