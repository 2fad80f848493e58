"""What the network is shown: an example depends on (seed, number) only, so a resumed run sees the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.preprocess import prepare_image
from medsam_core.inference.presets import Preset
from medsam_training.fit.augmentation import augmented
from medsam_training.fit.config import Data, Prompting
from medsam_training.fit.embedding_store import EmbeddingStore
from medsam_training.fit.objects_on_slice import objects_on
from medsam_training.fit.prompt_simulation import StepPlan, simulate
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.fit.truth import truth_on

_ORDER, _EXAMPLE, _VALIDATION = 2, 3, 4  # keep their random numbers apart

Example = dict[str, Tensor]


@dataclass(frozen=True)
class ExampleMaker:
    """From a slice to tensors.

    Attributes:
        preset: how the network wants its images.
        truth_side: side of the canvas on which masks are compared.
        data, prompting: of the run.
    """

    preset: Preset
    truth_side: int
    data: Data
    prompting: Prompting

    @property
    def is_multi_class(self) -> bool:
        """No prompts: every class at once."""
        return self.prompting.mode == "classes"

    def objects(self, labels_yx: np.ndarray) -> list[np.ndarray]:
        """The masks that a prompt can be about."""
        wanted = np.unique(labels_yx)[1:] if (labels_yx == 0).any() else np.unique(labels_yx)
        by_part = self.data.objects == "part"
        return objects_on(labels_yx, wanted.tolist(), by_part, self.data.min_pixels)

    def targets(
        self, rng: np.random.Generator, labels_yx: np.ndarray, masks: list[np.ndarray], plan: StepPlan
    ) -> Example:
        """Prompts (k, p, 2), their labels (k, p) and truth (k, side, side); no prompts for classes."""
        frame = ImageFrame.of(labels_yx.shape, self.preset)
        if self.is_multi_class:
            truth = truth_on(labels_yx, frame, self.truth_side)[None]
            xy, kinds = np.zeros((1, 0, 2), np.float32), np.zeros((1, 0), np.int64)
        else:
            truth = np.stack([truth_on(mask, frame, self.truth_side) for mask in masks])
            coordinates = self.preset.coordinates
            drawn = [simulate(rng, m, plan, self.prompting, frame, coordinates) for m in masks]
            xy, kinds = (np.stack(column) for column in zip(*drawn, strict=True))
        return {
            "points_xy": torch.from_numpy(xy),
            "labels": torch.from_numpy(kinds),
            "truth": torch.from_numpy(truth.astype(np.int16)),
        }


class TrainingExamples(Dataset):
    """Endless passes over a pool, each in an order of its own.

    Args:
        pool: the slices.
        maker: turns one into tensors.
        seed: of everything drawn.
        per_step: examples of one forward pass, of all processes together.
        store: encoder outputs in place of images.
    """

    def __init__(
        self,
        pool: SlicePool,
        maker: ExampleMaker,
        seed: int,
        per_step: int,
        store: EmbeddingStore | None = None,
    ) -> None:
        self.pool, self.maker, self.seed, self.per_step, self.store = pool, maker, seed, per_step, store

    def __getitem__(self, number: int) -> Example:
        """Example `number` of the run."""
        place = int(pass_order(self.seed, number // len(self.pool), len(self.pool))[number % len(self.pool)])
        rng = np.random.default_rng((self.seed, _EXAMPLE, number))
        plan = StepPlan.of(self.maker.prompting, self.seed, number // self.per_step)
        image, labels = self.pool.image_yx(place), self.pool.labels_yx(place)
        if self.maker.data.augment:
            image, labels = self._augmented(rng, image, labels)
        masks = self._chosen(rng, labels)
        example = self.maker.targets(rng, labels, masks, plan)
        example["corrections"] = torch.tensor(plan.corrections)
        if self.store is None:
            example["image"] = torch.from_numpy(prepare_image(image, self.maker.preset))
        else:
            example |= self.store.read(place)
        return example

    def _augmented(
        self, rng: np.random.Generator, image: np.ndarray, labels: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        changed = augmented(rng, image, labels)
        return changed if changed[1].any() else (image, labels)  # a crop may miss every object

    def _chosen(self, rng: np.random.Generator, labels: np.ndarray) -> list[np.ndarray]:
        if self.maker.is_multi_class:
            return []
        masks, wanted = self.maker.objects(labels), self.maker.data.prompts_per_image
        order = rng.permutation(len(masks))
        return [masks[order[n % len(masks)]] for n in range(wanted)]


class ValidationExamples(Dataset):
    """The same slices with the same prompts, every time: up to a few objects each, unequal in number."""

    MOST_OBJECTS = 4

    def __init__(
        self, pool: SlicePool, maker: ExampleMaker, seed: int, store: EmbeddingStore | None = None
    ) -> None:
        self.pool, self.maker, self.seed, self.store = pool, maker, seed, store

    def __len__(self) -> int:
        return len(self.pool)

    def __getitem__(self, number: int) -> Example:
        """A slice with its prompts, and its true masks in its own pixels as "full" (k, y, x).

        Numbers beyond the last slice begin again, with "counts" false.
        """
        place = number % len(self)
        rng = np.random.default_rng((self.seed, _VALIDATION, place))
        image, labels = self.pool.image_yx(place), self.pool.labels_yx(place)
        plan = StepPlan.first_of(self.maker.prompting)
        masks = [] if self.maker.is_multi_class else self._some(self.maker.objects(labels))
        example = self.maker.targets(rng, labels, masks, plan)
        full = labels[None] if self.maker.is_multi_class else np.stack(masks)
        example["full"] = torch.from_numpy(full.astype(np.int16))
        example["counts"] = torch.tensor(number < len(self))
        if self.store is None:
            example["image"] = torch.from_numpy(prepare_image(image, self.maker.preset))
        else:
            example |= self.store.read(place)
        return example

    def _some(self, masks: list[np.ndarray]) -> list[np.ndarray]:
        step = max(1, -(-len(masks) // self.MOST_OBJECTS))
        return masks[::step]


class EpochNumbers(Sampler[int]):
    """The numbers of the examples that one process sees in one epoch.

    Args:
        passes: forward passes of an epoch.
        batch: examples of one process and forward pass.
        rank, world: which process of how many; together they see what one with the batch of all would.
    """

    def __init__(self, passes: int, batch: int, rank: int, world: int) -> None:
        self.passes, self.batch, self.rank, self.world = passes, batch, rank, world
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning when an epoch starts, also after a resume."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.passes * self.batch

    def __iter__(self):
        for step in range(self.epoch * self.passes, (self.epoch + 1) * self.passes):
            first = (step * self.world + self.rank) * self.batch
            yield from range(first, first + self.batch)


@lru_cache(maxsize=2)
def pass_order(seed: int, turn: int, count: int) -> np.ndarray:
    """The places of a pool of `count` slices, in the order of its pass number `turn`."""
    return np.random.default_rng((seed, _ORDER, turn)).permutation(count)
