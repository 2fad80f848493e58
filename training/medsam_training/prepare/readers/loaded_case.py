"""A case in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from medsam_core.volume import Volume


@dataclass(frozen=True, eq=False)
class LoadedCase:
    """An image and the labels on its grid.

    Attributes:
        volume: the image.
        labels_kji: uint8 or uint16 (k, j, i), writable and nobody else's.
        names: what the mask itself says of its numbers (segments by name); empty for plain label maps.
        has_spacing: False for pictures, whose millimetres mean nothing.
        displayed: values come as 0..255 for display: "auto" leaves them as they are.
        notes: what had to be decided.
    """

    volume: Volume
    labels_kji: np.ndarray
    names: dict[int, str] = field(default_factory=dict)
    has_spacing: bool = True
    displayed: bool = False
    notes: tuple[str, ...] = ()
