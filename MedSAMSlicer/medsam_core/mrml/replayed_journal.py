"""What a journal that was replayed says of the volume and the model it was replayed on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.checkpoints.catalog import CATALOG
from medsam_core.errors import CheckpointError
from medsam_core.journal_entry import ModelName
from medsam_core.journal_move import moved
from medsam_core.prompt_journal import PromptJournal
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from medsam_core.inference.model import Model


def model_named_by(journal: PromptJournal) -> str:
    """The name of the model that a journal was made with last.

    A path is not followed: journals come in files of strangers.

    Raises:
        CheckpointError: the name is not one of the catalog.
    """
    name = journal.entries[-1].model.name
    if name not in CATALOG:
        problem = "is no model of the catalog, so its name does not say where it is"
        raise CheckpointError(
            f"journal's model '{name[:60]}'", problem, "give the model: its path, or another"
        )
    return name


def replayed(
    journal: PromptJournal, volume: Volume, model: Model, to_volume_ras: np.ndarray | None
) -> PromptJournal:
    """The journal of the segments that `replay` made with the same arguments.

    Raises:
        PromptError: a prompt lies wholly outside of the volume.
        OptionError: the registration is no matrix.
    """
    name = ModelName.of(model)
    entries = (moved(entry, volume.geometry, to_volume_ras) for entry in journal.entries)
    return PromptJournal(tuple(replace(entry, model=name, volume_name=volume.name) for entry in entries))
