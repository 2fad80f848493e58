"""The engine's logic over the scene of this application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer

from MedSAMSlicerLib.dependencies import DependencyError

if TYPE_CHECKING:
    from medsam_core.mrml.logic import MedSAMSlicerLogic


def engine_logic(module: Any) -> MedSAMSlicerLogic:
    """Make it, with the models and the cache that panel and effects use too.

    Args:
        module: the module's object.

    Raises:
        DependencyError: packages are missing.
    """
    if module.needs.missing:
        raise DependencyError(
            "MedSAM", module.needs.sentence.rstrip("."), "press Install in the module MedSAM"
        )
    from medsam_core.mrml.logic import MedSAMSlicerLogic
    from MedSAMSlicerLib.slicer_writers import SlicerWriters

    workshop = module.workshop
    return MedSAMSlicerLogic(
        slicer.mrmlScene, models=module.models, writers=SlicerWriters(), cache=lambda: workshop.cache
    )
