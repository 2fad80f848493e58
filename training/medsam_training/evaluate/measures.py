"""How well one mask agrees with the truth: DSC, NSD, HD95, IoU; defined for every pair of masks."""

from __future__ import annotations

import dataclasses
import warnings
from dataclasses import dataclass

import numpy as np
import torch
from monai.metrics import compute_hausdorff_distance, compute_surface_dice
from scipy import ndimage

from medsam_core.metrics import dice

TOLERANCE_MM = 2.0  # MedSAM's (Ma et al., Nature Communications 2024)
TOLERANCE_PIXELS = 2.0  # pictures have no millimetres


@dataclass(frozen=True)
class Measures:
    """Figures of one mask.

    Two empty masks agree: DSC, NSD and IoU 1, HD95 0. One empty and the other not: DSC, NSD and IoU 0, and
    HD95 the diagonal of the image or volume, which no real distance exceeds. Nothing is ever NaN.

    Attributes:
        dsc: Dice similarity coefficient.
        nsd: normalised surface Dice at the tolerance.
        hd95: 95th percentile of the distances between surfaces, the larger of both directions, in the
            spacing's unit.
        iou: intersection over union.

    NSD and HD95 are None where only the overlap was asked for.
    """

    dsc: float
    nsd: float | None
    hd95: float | None
    iou: float


def overlap(mask: np.ndarray, truth: np.ndarray) -> Measures:
    """DSC and IoU alone: 6 microseconds where surfaces take 19 milliseconds (90 x 120 pixels, busy core)."""
    either = np.count_nonzero(mask | truth)
    iou = np.count_nonzero(mask & truth) / either if either else 1.0
    return Measures(float(dice(mask, truth)), None, None, float(iou))


def measure(
    mask: np.ndarray,
    truth: np.ndarray,
    spacing: tuple[float, ...] | None,
    tolerance: float,
    extent: tuple[int, ...] | None = None,
) -> Measures:
    """Measure a mask.

    NSD counts surfaces by their area as the surface-distance package does that MedSAM used: MONAI's
    ``SurfaceDiceMetric(use_subvoxels=True)``. HD95 is MONAI's ``HausdorffDistanceMetric(percentile=95)``.

    Args:
        mask, truth: bool, of one shape: (y, x) or (k, j, i).
        spacing: of the axes in their order, in mm; None for pixels.
        tolerance: of NSD, in the same unit.
        extent: shape of the whole image, where the masks are a part of it.
    """
    steps = tuple(spacing) if spacing is not None else (1.0,) * truth.ndim
    if not (mask.any() and truth.any()):
        same = float(mask.any() == truth.any())
        far = float(np.hypot.reduce(np.multiply(extent or truth.shape, steps)))
        return Measures(same, same, 0.0 if same else far, same)
    found, true = (torch.from_numpy(part)[None, None] for part in _cropped(mask, truth))
    options = {"include_background": True, "spacing": list(steps)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of arguments that MONAI itself is to drop
        nsd = compute_surface_dice(found, true, [tolerance], use_subvoxels=True, **options)
        hd95 = compute_hausdorff_distance(found, true, percentile=95, **options)
    return dataclasses.replace(overlap(mask, truth), nsd=float(nsd), hd95=float(hd95))


def _cropped(mask: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both within the box around either, one element of nothing around it: an image's edge is a surface."""
    (box,) = ndimage.find_objects((mask | truth).astype(np.uint8))
    return np.pad(mask[box], 1), np.pad(truth[box], 1)
