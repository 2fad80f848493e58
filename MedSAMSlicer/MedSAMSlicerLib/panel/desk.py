"""What the parts of the panel share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from MedSAMSlicerLib.dependencies import Dependencies
from MedSAMSlicerLib.panel.parameters import PanelParameters
from MedSAMSlicerLib.panel_work import PanelWork
from MedSAMSlicerLib.workshop import Workshop


@dataclass
class Desk:
    """One for each panel.

    Attributes:
        ui: the widgets of the .ui file, by name.
        workshop: model, intensity and cache, shared with the effects.
        needs: the packages.
        work: what is being done, and the message.
        logic: the module's: plans what is to be done in the scene.
        show: shows everything anew.
        parameters: of the scene; None while there is none.
    """

    ui: Any
    workshop: Workshop
    needs: Dependencies
    work: PanelWork
    logic: Any
    show: Callable[[], None]
    parameters: PanelParameters | None = None

    @property
    def is_free(self) -> bool:
        """Whether something can be begun: nothing is missing, and nothing is under way."""
        return not self.work.is_busy and not self.needs.missing
