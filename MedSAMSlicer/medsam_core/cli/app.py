"""The commands of `medsam-slicer` and their options."""

from __future__ import annotations

from medsam_core.cli import (
    batch_command,
    bench_command,
    demo_command,
    models_commands,
    segment_command,
    view_command,
)
from medsam_core.cli.root_app import root_app

app = root_app(
    "medsam-slicer",
    "Segment medical images with a box or a click: MedSAM and other SAM-type models on whole volumes."
    " Not for clinical use.",
)

app.command("segment")(segment_command.segment)
app.command("batch")(batch_command.batch)
app.command("demo")(demo_command.demo)
app.command("view")(view_command.view)
app.command("bench")(bench_command.bench)
app.add_typer(models_commands.app, name="models")
