"""`medsam-slicer view`: the viewer in a browser."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import typer


def view(
    image: Path | None = typer.Argument(None, help="Image file or DICOM folder to show first."),
    demo: bool = typer.Option(False, "--demo", help="Show the bundled case."),
    segmentation: list[Path] = typer.Option(
        [], "--segmentation", help="Saved segmentation to lay over the image; repeat for more."
    ),
    folder: list[Path] = typer.Option(
        [], "--folder", help="Files below this folder can be opened in the page; repeat for more."
    ),
    port: int = typer.Option(0, "--port", min=0, max=65535, help="Port to listen on; 0 for a free one."),
    host: str = typer.Option(
        "127.0.0.1", "--host", help="Address to listen on. The default is reached from this machine only."
    ),
    model: str = typer.Option("demo", "--model", help="Name of a known model, or path of a checkpoint."),
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda or mps."),
    precision: str = typer.Option("auto", "--precision", help="auto, fp32, bf16 or fp16."),
) -> None:
    """Open the viewer: boxes and clicks in slice views, in a browser. Ctrl+C ends it."""
    _check(image, demo, segmentation, model)
    shown, name = _demo_image() if demo else (image, "")
    options = _viewer_module("options").ViewOptions(
        shown, name, tuple(segmentation), tuple(folder), host, port, model, device, precision
    )
    if host not in ("127.0.0.1", "localhost", "::1"):
        typer.echo(f"Listening on {host}: whoever has the link can use this viewer, unencrypted.", err=True)
    _viewer_module("serving").serve(options, lambda link: typer.echo(f"Open {link}"))
    typer.echo("The viewer has ended.")


def _check(image: Path | None, demo: bool, segmentations: list[Path], model: str) -> None:
    from medsam_core.checkpoints.names import locate_checkpoint
    from medsam_core.errors import OptionError, VolumeError

    if image is not None and demo:
        raise OptionError("--demo", "an image is given too", "give one of the two")
    if segmentations and image is None and not demo:
        raise OptionError("--segmentation", "no image is named", "name the image that it belongs to")
    for path in filter(None, (image, *segmentations)):
        if not path.exists():
            raise VolumeError(path, "does not exist", "check the path")
    locate_checkpoint(model)


def _demo_image() -> tuple[Path, str]:
    from medsam_core.demo_case import DemoCase

    case = DemoCase.bundled()
    return case.image, case.title


def _viewer_module(name: str) -> ModuleType:
    """By name: the engine imports no face, and the face is an extra."""
    from medsam_core.errors import OptionError

    if find_spec("trame_slicer") is None or find_spec("medsam_viewer") is None:
        raise OptionError(
            "view",
            "the viewer is not installed",
            "in MedSAMSlicer's folder: pip install -c constraints.txt -e '.[viewer]'",
        )
    return import_module(f"medsam_viewer.{name}")
