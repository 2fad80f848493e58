"""The commands of `medsam-train` and their options."""

from __future__ import annotations

from medsam_core.cli.root_app import root_app
from medsam_training.cli import (
    compare_command,
    evaluate_command,
    export_command,
    fit_command,
    prepare_command,
    pretrain_command,
)
from medsam_training.cli.several_values import SeveralValues

app = root_app(
    "medsam-train",
    "Fine-tune promptable segmentation on your own images and masks. Not for clinical use.",
)

app.command("prepare")(prepare_command.prepare)
app.command("pretrain")(pretrain_command.pretrain)
app.command("fit")(fit_command.fit)
app.command("evaluate")(evaluate_command.evaluate)
app.command("compare", cls=SeveralValues)(compare_command.compare)
app.command("export")(export_command.export)
