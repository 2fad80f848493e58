"""The demo preset's way onto the network's canvas and back, as training and evaluation use it.

Longest side to the canvas (antialiased when shrinking, bilinear when growing), min-max to [0, 1], zeros at
the bottom and right; back: crop the padding off the logits, interpolate them, cut at 0.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def canvas_size(shape_yx: tuple[int, int], canvas: int) -> tuple[int, int]:
    """(height, width) of an image's share of the canvas."""
    scale = canvas / max(shape_yx)
    return max(1, round(shape_yx[0] * scale)), max(1, round(shape_yx[1] * scale))


def onto_canvas(image_yx: np.ndarray, canvas: int) -> Tensor:
    """A uint8 image (y, x) or (y, x, 3) as (1, 3, canvas, canvas) float32."""
    size = canvas_size(image_yx.shape[:2], canvas)
    x = torch.from_numpy(np.atleast_3d(image_yx).astype(np.float32)).permute(2, 0, 1)[None]
    x = F.interpolate(
        x, size, mode="bilinear", antialias=max(image_yx.shape[:2]) > canvas, align_corners=False
    )
    low, high = x.amin(), x.amax()
    x = (x - low) / (high - low).clamp(min=1e-6)
    return F.pad(x.expand(1, 3, *size), (0, canvas - size[1], 0, canvas - size[0]))


def scale_xy(shape_yx: tuple[int, int], canvas: int) -> np.ndarray:
    """(2,) factors from source pixels (edges at whole numbers) to canvas pixels."""
    height, width = canvas_size(shape_yx, canvas)
    return np.array([width / shape_yx[1], height / shape_yx[0]])


def off_canvas(logits: Tensor, shape_yx: tuple[int, int], canvas: int) -> np.ndarray:
    """Logits (n, 1, r, r) of the whole canvas as masks (n, y, x) of the source."""
    height, width = canvas_size(shape_yx, canvas)
    share = logits.shape[-1] / canvas
    kept = logits[..., : max(1, round(height * share)), : max(1, round(width * share))]
    return (F.interpolate(kept, shape_yx, mode="bilinear", align_corners=False)[:, 0] > 0).numpy()
