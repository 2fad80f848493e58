"""Images and what is hidden of them: an example depends on (seed, number) only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.preprocess import prepare_image
from medsam_core.inference.presets import Preset
from medsam_training.fit.augmentation import augmented
from medsam_training.fit.examples import pass_order
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.pretrain.config import Masking
from medsam_training.pretrain.hidden_squares import draw_hidden, inside

_EXAMPLE, _VALIDATION = 5, 6  # keep their random numbers apart, from those of fit too

Example = dict[str, Tensor]


@dataclass(frozen=True)
class HiddenMaker:
    """From a slice to tensors.

    Attributes:
        preset: how the network wants its images.
        masking: what is hidden.
    """

    preset: Preset
    masking: Masking

    def example(self, rng: np.random.Generator, image: np.ndarray) -> Example:
        """The input "image" (3, S, S), its "hidden" squares (m, m), and what is "inside", (S, S)."""
        frame = ImageFrame.of(image.shape[:2], self.preset)
        hidden = draw_hidden(rng, frame, self.masking.patch, self.masking.ratio)
        return {
            "image": torch.from_numpy(prepare_image(image, self.preset)),
            "hidden": torch.from_numpy(hidden),
            "inside": inside(frame),
        }


class TrainingImages(Dataset):
    """Endless passes over a pool, each in an order of its own.

    Args:
        pool: the slices.
        maker: turns one into tensors.
        seed: of everything drawn.
        augment: change images by chance.
    """

    def __init__(self, pool: SlicePool, maker: HiddenMaker, seed: int, augment: bool) -> None:
        self.pool, self.maker, self.seed, self.augment = pool, maker, seed, augment

    def __getitem__(self, number: int) -> Example:
        """Example `number` of the run."""
        place = int(pass_order(self.seed, number // len(self.pool), len(self.pool))[number % len(self.pool)])
        rng = np.random.default_rng((self.seed, _EXAMPLE, number))
        image = self.pool.image_yx(place)
        if self.augment:
            image, _ = augmented(rng, image, np.zeros(image.shape[:2], np.uint8))
        return self.maker.example(rng, image)


class ValidationImages(Dataset):
    """The same slices with the same squares hidden, every time."""

    def __init__(self, pool: SlicePool, maker: HiddenMaker, seed: int) -> None:
        self.pool, self.maker, self.seed = pool, maker, seed

    def __len__(self) -> int:
        return len(self.pool)

    def __getitem__(self, number: int) -> Example:
        """A slice; numbers beyond the last one begin again, with "counts" false."""
        place = number % len(self)
        rng = np.random.default_rng((self.seed, _VALIDATION, place))
        example = self.maker.example(rng, self.pool.image_yx(place))
        return example | {"counts": torch.tensor(number < len(self))}
