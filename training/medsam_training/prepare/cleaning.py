"""Small objects and empty slices, taken away by MedSAM's published rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

# MedSAM (Ma et al., Nature Communications 2024) and its scripts: parts of fewer than 1000 voxels (26
# neighbours), then of fewer than 100 pixels on a slice (8 neighbours), then slices without label.
MEDSAM_VOXELS = 1000
MEDSAM_PIXELS = 100


@dataclass(frozen=True)
class CleaningRules:
    """What is taken away; 0 switches a rule off.

    Attributes:
        min_voxels: parts of a label with fewer voxels go, in volumes.
        min_pixels: after that, parts with fewer pixels on a slice go.
        keep_empty: keep slices without any label.
    """

    min_voxels: int = MEDSAM_VOXELS
    min_pixels: int = MEDSAM_PIXELS
    keep_empty: bool = False


@dataclass(frozen=True)
class Cleaned:
    """What is left.

    Attributes:
        slice_numbers: the slices to keep.
        removed: voxels that each rule took, and the slices dropped.
    """

    slice_numbers: tuple[int, ...]
    removed: dict[str, int]


def clean(labels_kji: np.ndarray, rules: CleaningRules) -> Cleaned:
    """Apply the rules to a label map (k, j, i), in place."""
    labelled = int(np.count_nonzero(labels_kji))
    solid = 0
    if len(labels_kji) > 1:  # a picture's objects have no depth
        solid = remove_small(labels_kji, rules.min_voxels)
    flat = sum(remove_small(slice_yx, rules.min_pixels) for slice_yx in labels_kji)
    kept = [k for k, slice_yx in enumerate(labels_kji) if rules.keep_empty or slice_yx.any()]
    removed = {
        "labelled": labelled,
        "small_in_3d": solid,
        "small_in_2d": flat,
        "slices": len(labels_kji) - len(kept),
    }
    return Cleaned(tuple(kept), removed)


def remove_small(labels: np.ndarray, fewest: int) -> int:
    """Set connected parts (diagonals count) of one label with fewer than `fewest` elements to 0, in place.

    Works on the box around each label, so that it needs little memory beyond the label map.

    Returns:
        How many elements were set to 0.
    """
    if fewest <= 1:
        return 0
    removed = 0
    touching = np.ones((3,) * labels.ndim, bool)
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        if box is None:
            continue
        view = labels[box]
        parts, _ = ndimage.label(view == number, touching)
        sizes = np.bincount(parts.ravel())
        small = sizes < fewest
        small[0] = False
        if small.any():
            doomed = small[parts]
            removed += int(np.count_nonzero(doomed))
            view[doomed] = 0
    return removed
