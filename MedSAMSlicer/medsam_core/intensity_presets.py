"""Intensity windows by name."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class CTWindow:
    """A range of Hounsfield units by its middle and width, as radiologists name it."""

    level: float
    width: float

    @property
    def low(self) -> float:
        """Lower end, in HU."""
        return self.level - self.width / 2

    @property
    def high(self) -> float:
        """Upper end, in HU."""
        return self.level + self.width / 2


# Soft tissue, lung and brain: MedSAM (Ma et al., Nature Communications 2024; the paper prints the lung level
# as -160, its code has -600). Bone: the display window of radiopaedia.org, "Windowing (CT)" (W 1800, L 400).
# Any other window is given as a range, LOW,HIGH.
CT_WINDOWS: dict[str, CTWindow] = {
    "ct-soft": CTWindow(40, 400),
    "ct-lung": CTWindow(-600, 1500),
    "ct-brain": CTWindow(40, 80),
    "ct-bone": CTWindow(400, 1800),
}

# Percent of the voxels above zero that MedSAM clips at either end of MR and other volumes.
PERCENTILES = (0.5, 99.5)

PRESETS = ("auto", *CT_WINDOWS, "mr", "none")

_DISPLAYED = "it comes in display values"
# What "auto" takes for DICOM's modalities, and why; others and unknown ones are told by their values.
BY_MODALITY: dict[str, tuple[str, str]] = {
    "CT": ("ct-soft", "CT: the soft tissue window"),
    "MR": ("mr", "MR has no fixed scale: stretched between percentiles"),
    "PT": ("mr", "PET has no fixed scale here: stretched between percentiles"),
    "NM": ("mr", "nuclear medicine has no fixed scale: stretched between percentiles"),
    "US": ("none", f"ultrasound: {_DISPLAYED}"),
    "IVUS": ("none", f"ultrasound: {_DISPLAYED}"),
    "ES": ("none", f"endoscopy: {_DISPLAYED}"),
    "XC": ("none", f"photography: {_DISPLAYED}"),
    "OP": ("none", f"ophthalmic photography: {_DISPLAYED}"),
    "GM": ("none", f"microscopy: {_DISPLAYED}"),
    "SM": ("none", f"slide microscopy: {_DISPLAYED}"),
}


def parse_range(text: str) -> tuple[float, float] | None:
    """``LOW,HIGH`` as two finite numbers with LOW below HIGH, or None."""
    parts = text.split(",")
    try:
        low, high = (float(part) for part in parts)
    except ValueError:
        return None
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low < high else None
