"""Which grey values are shown from black to white."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.intensity_presets import CT_WINDOWS
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLVolumeNode

PRESETS = {
    "As the model sees it": None,
    "CT soft tissue": CT_WINDOWS["ct-soft"],
    "CT lung": CT_WINDOWS["ct-lung"],
    "CT brain": CT_WINDOWS["ct-brain"],
    "CT bone": CT_WINDOWS["ct-bone"],
}
"""Name -> window; None for that of the session."""


@dataclass(frozen=True)
class Brightness:
    """A range of grey values."""

    low: float
    high: float

    def dragged(self, right: float, up: float, span: float) -> Brightness:
        """After a drag by parts of a view: to the right widens the range, upwards lowers it (brighter).

        Args:
            right, up: by how much of the view, -1..1.
            span: the volume's range of values.
        """
        width = max((self.high - self.low) + right * span, span / 500)
        middle = (self.high + self.low) / 2 - up * span
        return Brightness(middle - width / 2, middle + width / 2)

    def show(self, node: vtkMRMLVolumeNode) -> None:
        """Use it for a volume's slices; colours are shown as they are."""
        display = node.GetDisplayNode()
        if display is None or not hasattr(display, "SetWindowLevelMinMax"):
            return
        display.SetAutoWindowLevel(0)
        display.SetWindowLevelMinMax(self.low, self.high)


def value_span(volume: Volume) -> float:
    """From the darkest to the brightest value that counts: the 0.1 and 99.9 percentiles of a sample."""
    values = volume.array_kji.ravel()
    sample = values[:: max(values.size // 100_000, 1)].astype(np.float64)
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 1.0
    low, high = np.percentile(sample, (0.1, 99.9))
    return float(max(high - low, 1e-6))
