"""`medsam-slicer segment`: one image, some prompts, one file of labels."""

from __future__ import annotations

from pathlib import Path

import typer


def segment(
    image: str = typer.Argument(
        ..., metavar="IMAGE", help="NIfTI, NRRD, MHA, a DICOM folder, or a PNG, JPEG or TIFF picture."
    ),
    output: Path = typer.Option(
        ..., "--output", "-o", help=".nii.gz, .nrrd, .seg.nrrd, .mha; .dcm of DICOM; .png in 2D."
    ),
    box: list[str] = typer.Option(
        [],
        "--box",
        metavar="I0,J0,K0,I1,J1,K1",
        help="Inclusive voxel corners; K0 = K1 prompts one slice. Repeat it for more objects.",
    ),
    name: list[str] = typer.Option(
        [],
        "--name",
        help="What the object of a box is called; repeat it as --box is repeated, in the same order.",
    ),
    prompts: Path | None = typer.Option(
        None,
        "--prompts",
        help="Boxes and clicks as a JSON file; or a journal, or a .seg.nrrd that holds one, to replay.",
    ),
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
        "roi",
        "--propagation",
        help="roi: the slices of the box. track: follow the object both ways. anchors: between the"
        " marked slices of a prompts file. consensus: three directions at once.",
    ),
    frame: int | None = typer.Option(None, "--frame", help="Which frame of a 4D image, from 0."),
    series: str | None = typer.Option(
        None, "--series", help="Which series of a DICOM folder: UID or number."
    ),
    report: Path | None = typer.Option(
        None, "--report", help="Write model, window, times, confidence as JSON."
    ),
    overview: Path | None = typer.Option(None, "--overview", help="Write a PNG of slices with contours."),
    force: bool = typer.Option(False, "--force", help="Replace files that exist."),
) -> None:
    """Segment an image from boxes or clicks."""
    from medsam_core.cli.segment_job import SegmentJob

    SegmentJob(
        image=image,
        output=output,
        boxes=tuple(box),
        names=tuple(name),
        prompts=prompts,
        model=model,
        base=base,
        preset=preset,
        device=device,
        precision=precision,
        backend=backend,
        intensity=intensity,
        propagation=propagation,
        frame=frame,
        series=series,
        report=report,
        overview=overview,
        force=force,
    ).run()
