"""Simulated prompts: what a user would draw around, or click into, a known mask."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from medsam_core.models.network import BOX_FIRST_CORNER, BOX_SECOND_CORNER, NEGATIVE, PADDING, POSITIVE

CLICKS = 4  # click tokens of a training prompt; unused ones are PADDING


def box_of(mask: np.ndarray) -> np.ndarray:
    """(x0, y0, x1, y1) outer edges of a mask, in pixels: one pixel alone is a box of side 1."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], dtype=np.float64)


def jittered(rng: np.random.Generator, box: np.ndarray, inward: float, outward: float) -> np.ndarray:
    """Move each edge by up to these shares of the box's side, each independently."""
    size = np.array([box[2] - box[0], box[3] - box[1]])
    shift = rng.uniform(-inward, outward, 4) * np.tile(size, 2) * np.array([-1, -1, 1, 1])
    return box + shift


def training_box(rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    """A box as users draw them: close, now and then loose, never beyond the canvas.

    Mostly close, because that the object touches its box tells a ring from the blob inside it.
    """
    luck = rng.random()
    inward, outward = (0.05, 0.05) if luck < 0.8 else (0.05, 0.1) if luck < 0.95 else (0.15, 0.3)
    return np.clip(jittered(rng, box_of(mask), inward, outward), 0, mask.shape[0])


def inner_click(mask: np.ndarray) -> tuple[float, float]:
    """(x, y) of the pixel farthest from the mask's edge: where a careful user clicks first."""
    x0, y0, x1, y1 = box_of(mask).astype(int)
    padded = np.pad(mask[y0:y1, x0:x1], 1)
    y, x = np.unravel_index(ndimage.distance_transform_edt(padded).argmax(), padded.shape)
    return x0 + x - 0.5, y0 + y - 0.5


def random_click(rng: np.random.Generator, mask: np.ndarray) -> tuple[float, float]:
    """(x, y) of any pixel of the mask: drawn as a pair, so it cannot fall beside it."""
    y, x = divmod(int(rng.choice(np.flatnonzero(mask))), mask.shape[1])
    return x + 0.5, y + 0.5


def correction_click(
    rng: np.random.Generator, truth: np.ndarray, predicted: np.ndarray
) -> tuple[float, float, int]:
    """(x, y, label) inside what was missed or what was too much, whichever is more."""
    missed, surplus = truth & ~predicted, predicted & ~truth
    if not (missed.any() or surplus.any()):
        return *random_click(rng, truth), POSITIVE
    more_missed = np.count_nonzero(missed) >= np.count_nonzero(surplus)
    wrong = missed if more_missed else surplus
    parts, count = ndimage.label(wrong)
    if count > 1:
        wrong = parts == 1 + np.bincount(parts.ravel())[1:].argmax()
    return *inner_click(wrong), POSITIVE if more_missed else NEGATIVE


def training_tokens(rng: np.random.Generator, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tokens (CLICKS + 2, 2) and labels of a random prompt: box (76 %), clicks (14 %), or both."""
    luck = rng.random()
    xy, labels = np.zeros((CLICKS + 2, 2), np.float32), np.full(CLICKS + 2, PADDING, np.int64)
    if luck < 0.86:
        xy[CLICKS:] = training_box(rng, mask).reshape(2, 2)
        labels[CLICKS:] = BOX_FIRST_CORNER, BOX_SECOND_CORNER
    if luck > 0.76:
        _add_clicks(rng, mask, xy, labels)
    return xy, labels


def _add_clicks(rng: np.random.Generator, mask: np.ndarray, xy: np.ndarray, labels: np.ndarray) -> None:
    first = inner_click(mask) if rng.random() < 0.5 else random_click(rng, mask)
    clicks = [(*first, POSITIVE)]
    clicks += [(*random_click(rng, mask), POSITIVE) for _ in range(rng.integers(0, 3))]
    beside = _beside(mask)
    if rng.random() < 0.4 and beside.any():
        clicks = [*clicks[:3], (*random_click(rng, beside), NEGATIVE)]
    for number, (x, y, label) in enumerate(clicks[:CLICKS]):
        xy[number], labels[number] = (x, y), label


def _beside(mask: np.ndarray) -> np.ndarray:
    """Pixels near the object that are not of it."""
    x0, y0, x1, y1 = box_of(mask).astype(int)
    near = np.zeros_like(mask)
    pad_x, pad_y = (x1 - x0) // 4 + 2, (y1 - y0) // 4 + 2
    near[max(0, y0 - pad_y) : y1 + pad_y, max(0, x0 - pad_x) : x1 + pad_x] = True
    return near & ~mask
