"""Random changes of grey value and colour, wide enough that no scanner's look can be learned by heart."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F


def recoloured(rng: np.random.Generator, image: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Change the look of an image and stretch it to [0, 1] over what is seen, as inference does; 0 elsewhere.

    Args:
        image: (3, y, x) float32 in 0..255.
        seen: (y, x) bool.
    """
    x = image / 255.0
    if rng.random() < 0.3:
        x = _mixed_to_grey(rng, x)
    if rng.random() < 0.3:
        x = 1.0 - x
    if rng.random() < 0.5:
        x = np.power(np.clip(x, 0.0, 1.0), np.exp(rng.normal(0, 0.35)))
    if rng.random() < 0.25:
        x = x * np.exp(_smooth_field(rng, x.shape[-1], 3) * 0.35)
    if rng.random() < 0.15:
        x = _bent(rng, x)
    if rng.random() < 0.15:
        x = _blurred(x, rng.uniform(0.4, 1.6))
    if rng.random() < 0.25:
        x = x + _noise(rng, x.shape) * rng.uniform(0.01, 0.07)
    return stretched(_clipped(rng, x, seen), seen)


def stretched(x: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Min-max to [0, 1] over the seen pixels of all channels; 0 elsewhere."""
    inside = x[:, seen]
    if inside.size == 0:
        return np.zeros_like(x, dtype=np.float32)
    low, high = float(inside.min()), float(inside.max())
    return (np.clip((x - low) / max(high - low, 1e-6), 0.0, 1.0) * seen).astype(np.float32)


def _mixed_to_grey(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    weights = rng.dirichlet((2.0, 2.0, 2.0)).astype(np.float32)
    return np.repeat(np.tensordot(weights, x, 1)[None], 3, 0)


def _clipped(rng: np.random.Generator, x: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Another window: clip the ends, as a user's window may."""
    if rng.random() > 0.3 or not seen.any():
        return x
    low, high = np.percentile(x[0][seen][::7], (rng.uniform(0, 8), rng.uniform(90, 100)))
    return np.clip(x, low, max(high, low + 0.05))


def _bent(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """A random curve that need not be monotonic: dark may become bright and grey dark."""
    knots = np.linspace(0, 1, 5)
    values = np.clip(knots + rng.normal(0, 0.3, 5), 0, 1)
    return np.interp(x, knots, values).astype(np.float32)


def _smooth_field(rng: np.random.Generator, size: int, cells: int) -> np.ndarray:
    coarse = torch.from_numpy(rng.normal(0, 1, (1, 1, cells, cells))).float()
    return F.interpolate(coarse, (size, size), mode="bicubic", align_corners=True)[0, 0].numpy()


def _blurred(x: np.ndarray, sigma: float) -> np.ndarray:
    reach = torch.arange(-3, 4).float()
    kernel = torch.exp(-0.5 * (reach / sigma) ** 2)
    kernel = kernel / kernel.sum()
    y = torch.from_numpy(np.ascontiguousarray(x))[:, None].float()
    y = F.conv2d(F.pad(y, (3, 3, 3, 3), mode="replicate"), kernel.view(1, 1, 1, 7))
    return F.conv2d(y, kernel.view(1, 1, 7, 1))[:, 0].numpy()


def _noise(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """The same noise in all channels, fine or (as speckle and JPEG leave it) of two pixels' grain."""
    fine = rng.standard_normal((1, *shape[1:]), dtype=np.float32)
    return _blurred(fine, 0.8) * 2.0 if rng.random() < 0.4 else fine
