"""`medsam-slicer demo`: the bundled case through the path that a user's own image takes."""

from __future__ import annotations

from pathlib import Path

import typer


def demo(
    output_dir: Path = typer.Option(
        Path("demo"), "--output-dir", help="Folder to write to; made if need be."
    ),
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda or mps."),
    precision: str = typer.Option("auto", "--precision", help="auto, fp32, bf16 or fp16."),
    force: bool = typer.Option(False, "--force", help="Replace files that exist."),
) -> None:
    """Segment the bundled case with the bundled model; print Dice against the bundled truth."""
    from medsam_core.atomic_file import make_folder
    from medsam_core.cli.segment_job import SegmentJob
    from medsam_core.demo_case import DemoCase

    case = DemoCase.bundled()
    make_folder(output_dir)
    output = output_dir / "segmentation.seg.nrrd"
    SegmentJob(
        image=str(case.image),
        output=output,
        prompts=case.prompts,
        propagation=case.propagation,
        device=device,
        precision=precision,
        report=output_dir / "report.json",
        overview=output_dir / "overview.png",
        force=force,
    ).run()
    for name, dice in case.dice_of(output).items():
        typer.echo(f"Dice against the bundled truth: {name} {dice:.3f}")
