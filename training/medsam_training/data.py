"""Training examples: an image on the canvas, a few objects in it, a prompt for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Dataset

from medsam_training.augment import recoloured
from medsam_training.cache import SliceCache
from medsam_training.objects import even_regions, labelled_objects, painted_shapes
from medsam_training.prompts import training_tokens
from medsam_training.slices import Slice
from medsam_training.warp import mosaic, random_matrix, warped


@dataclass(frozen=True)
class Mixture:
    """What an example is drawn from.

    Attributes:
        sets: share of each set among the labelled examples.
        painted, even: shares of the examples whose objects are painted shapes or even regions.
        mosaic_below: slices whose longest side is below this are tiled two by two ...
        mosaic_share: ... this often.
    """

    sets: dict[str, float]
    painted: float = 0.15
    even: float = 0.12
    mosaic_below: int = 100
    mosaic_share: float = 0.4


class PromptedImages(Dataset):
    """Endless examples; number i is the same in every process and every run with the same seed.

    An example is an image (3, S, S) float32 in [0, 1], masks (k, S, S) uint8, points_xy (k, p, 2) and
    labels (k, p).
    """

    def __init__(
        self, cache: SliceCache, mixture: Mixture, canvas: int, prompts: int, seed: int, length: int
    ) -> None:
        self.cache, self.mixture, self.canvas, self.prompts = cache, mixture, canvas, prompts
        self.seed, self.length = seed, length
        self.names = [name for name in mixture.sets if name in cache.by_set]
        shares = np.array([mixture.sets[name] for name in self.names])
        self.shares = shares / shares.sum()

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, number: int) -> tuple[torch.Tensor, ...]:
        rng = np.random.default_rng((self.seed, number))
        while True:
            image, masks = self._example(rng)
            if masks:
                return self._prompted(rng, image, masks)

    def _example(self, rng: np.random.Generator) -> tuple[np.ndarray, list[np.ndarray]]:
        cut, instances = self._slice(rng)
        image, labels, seen = warped(cut, random_matrix(rng, cut, self.canvas), self.canvas)
        luck = rng.random()
        if luck < self.mixture.painted:
            image, masks = painted_shapes(rng, image, seen, self.prompts + 1)
        elif luck < self.mixture.painted + self.mixture.even:
            masks = even_regions(rng, image / 255.0, seen, self.prompts)
        else:
            masks = labelled_objects(rng, labels, self.prompts, instances)
        return recoloured(rng, image, seen), masks

    def _slice(self, rng: np.random.Generator) -> tuple[Slice, bool]:
        name = self.names[rng.choice(len(self.names), p=self.shares)]
        numbers = self.cache.by_set[name]
        number = int(rng.choice(numbers))
        cut, instances = self.cache.get(number), self.cache.rows[number]["instances"]
        if max(cut.labels_yx.shape) < self.mixture.mosaic_below and rng.random() < self.mixture.mosaic_share:
            cut = mosaic([cut, *(self.cache.get(int(rng.choice(numbers))) for _ in range(3))])
        return cut, instances

    def _prompted(
        self, rng: np.random.Generator, image: np.ndarray, masks: list[np.ndarray]
    ) -> tuple[torch.Tensor, ...]:
        chosen = [masks[i % len(masks)] for i in range(self.prompts)]
        tokens = [training_tokens(rng, mask) for mask in chosen]
        return (
            torch.from_numpy(image),
            torch.from_numpy(np.stack(chosen).astype(np.uint8)),
            torch.from_numpy(np.stack([xy for xy, _ in tokens])),
            torch.from_numpy(np.stack([labels for _, labels in tokens])),
        )
