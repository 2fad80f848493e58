"""Changes that leave a slice's labels true: they make a small set larger."""

from __future__ import annotations

import numpy as np

_SMALLEST_CROP = 0.7  # of each side
_GAMMA = 0.35  # largest |log| of the exponent
_CONTRAST = 0.2
_NOISE = 6.0  # largest standard deviation, in grey values of 255


def augmented(
    rng: np.random.Generator, image: np.ndarray, labels_yx: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Flip, turn, crop, and change grey values, each by chance.

    Args:
        rng: the example's.
        image: (y, x) or (y, x, 3) uint8.
        labels_yx: (y, x).

    Returns:
        The pair, changed alike; never a view of the input.
    """
    image, labels_yx = _cropped(rng, image, labels_yx)
    turns = int(rng.integers(4))
    image, labels_yx = np.rot90(image, turns), np.rot90(labels_yx, turns)
    if rng.random() < 0.5:
        image, labels_yx = image[:, ::-1], labels_yx[:, ::-1]
    return _recoloured(rng, image), np.ascontiguousarray(labels_yx)


def _cropped(
    rng: np.random.Generator, image: np.ndarray, labels_yx: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if rng.random() < 0.5:
        return image, labels_yx
    height, width = labels_yx.shape
    share = rng.uniform(_SMALLEST_CROP, 1.0)
    rows, columns = max(1, round(height * share)), max(1, round(width * share))
    y, x = rng.integers(height - rows + 1), rng.integers(width - columns + 1)
    part = np.s_[y : y + rows, x : x + columns]
    return image[part], labels_yx[part]


def _recoloured(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    values = image.astype(np.float32) / 255
    values = values ** np.exp(rng.uniform(-_GAMMA, _GAMMA))
    values = (values - 0.5) * (1 + rng.uniform(-_CONTRAST, _CONTRAST)) + 0.5
    values = values * 255 + rng.normal(0, rng.uniform(0, _NOISE), image.shape)
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)
