"""What the user has in front of them: model, volume, slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medsam_core.errors import OptionError
from medsam_core.intensity import IntensityWindow
from medsam_core.session.subject import Subject
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from medsam_core.inference.model import Model


@dataclass(eq=False)
class Setting:
    """Changes as the user goes on; requests take snapshots of it.

    Attributes:
        model, volume: None until they are chosen.
        intensity: a preset, "LOW,HIGH" or a window.
        window: the one in use, once the worker has found it.
        grid: the slices on screen; the volume's own at first.
        index: the slice on screen.
    """

    model: Model | None = None
    volume: Volume | None = None
    intensity: str | IntensityWindow = "auto"
    window: IntensityWindow | None = None
    grid: SliceGrid | None = None
    index: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether there is something to ask, and someone to answer."""
        return self.model is not None and self.volume is not None and self.grid is not None

    def show(self, volume: Volume | None, intensity: str | IntensityWindow) -> None:
        """Put another volume on screen, with its own slices."""
        self.volume, self.intensity, self.index = volume, intensity, 0
        self.grid = None if volume is None else SliceGrid.along(volume.geometry)

    def subject(self, grid: SliceGrid | None = None) -> Subject:
        """A snapshot.

        Args:
            grid: other slices than those on screen.

        Raises:
            OptionError: there is no model or no volume yet.
        """
        if self.model is None:
            raise OptionError("model", "none is chosen", "choose one first")
        if self.volume is None or self.grid is None:
            raise OptionError("volume", "none is chosen", "choose one first")
        return Subject(self.model, self.volume, self.intensity, grid or self.grid)
