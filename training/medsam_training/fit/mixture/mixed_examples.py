"""Examples from a mixture: an image on the canvas, a few objects of it, a prompt for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Dataset

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.presets import Preset
from medsam_core.models.network import BOX_FIRST_CORNER, BOX_SECOND_CORNER
from medsam_training.fit.config import Mixture, RunConfig
from medsam_training.fit.examples import Example
from medsam_training.fit.mixture.carried_boxes import Carried
from medsam_training.fit.mixture.even_regions import even_regions
from medsam_training.fit.mixture.labelled_objects import labelled_objects
from medsam_training.fit.mixture.labelled_slice import mosaic
from medsam_training.fit.mixture.nothing_there import empty_boxes
from medsam_training.fit.mixture.painted_shapes import painted_shapes
from medsam_training.fit.mixture.recolour import recoloured
from medsam_training.fit.mixture.slice_catalogue import SliceCatalogue, SlicePlace
from medsam_training.fit.mixture.target import Target
from medsam_training.fit.mixture.view import View
from medsam_training.fit.prompt_simulation import StepPlan, simulate

_EXAMPLE = 5  # keeps an example's random numbers apart from others of the seed


@dataclass(frozen=True, eq=False)
class _Scene:
    """An image on the canvas before its colours change, and what is asked for in it."""

    image: np.ndarray
    seen: np.ndarray
    targets: list[Target]


class MixedExamples(Dataset):
    """Endless examples; number i is the same in every process and every run with the same seed.

    Args:
        catalogue: labelled slices of the mixture's sets.
        config: of the run.
        preset: of the network, whose input is square, with values from 0 to 1.
        per_step: examples of one forward pass, of all processes together.
    """

    def __init__(self, catalogue: SliceCatalogue, config: RunConfig, preset: Preset, per_step: int) -> None:
        self.catalogue, self.run, self.preset, self.per_step = catalogue, config, preset, per_step
        self.mixture: Mixture = config.data.mixture
        self.frame = ImageFrame.of((preset.image_size, preset.image_size), preset)
        self.names = list(self.mixture.sets)
        shares = np.array([self.mixture.sets[name] for name in self.names])
        self.shares = shares / shares.sum()

    def __getitem__(self, number: int) -> Example:
        """Example `number` of the run: image, points_xy, labels, truth, corrections."""
        seed, prompts = self.run.loop.seed, self.run.data.prompts_per_image
        rng = np.random.default_rng((seed, _EXAMPLE, number))
        plan = StepPlan.of(self.run.prompts, seed, number // self.per_step)
        scene = self._scene(rng, plan)
        while not scene.targets:
            scene = self._scene(rng, plan)
        targets = [scene.targets[n % len(scene.targets)] for n in range(prompts)]
        tokens = [self._tokens(rng, target, plan) for target in targets]
        xy, labels = (np.stack(column) for column in zip(*tokens, strict=True))
        return {
            "image": torch.from_numpy(recoloured(rng, scene.image, scene.seen)),
            "points_xy": torch.from_numpy(xy),
            "labels": torch.from_numpy(labels),
            "truth": torch.from_numpy(np.stack([target.mask_yx for target in targets]).astype(np.uint8)),
            "corrections": torch.tensor(plan.corrections),
        }

    def _scene(self, rng: np.random.Generator, plan: StepPlan) -> _Scene:
        place, boxes_only = self._place(rng), plan.kind == "box"
        luck, mixture = rng.random(), self.mixture
        if luck < mixture.painted:
            return self._painted(rng, place, boxes_only)
        if luck < mixture.painted + mixture.even:
            return self._labelled(rng, place, even=True)
        if boxes_only and rng.random() < mixture.carried:
            pair = Carried.from_place(rng, self.catalogue, place, mixture.beyond)
            if pair is not None:
                return self._carried(rng, pair)
        return self._labelled(rng, place, even=False)

    def _place(self, rng: np.random.Generator) -> SlicePlace:
        places = self.catalogue.places[self.names[rng.choice(len(self.names), p=self.shares)]]
        return places[rng.integers(len(places))]

    def _labelled(self, rng: np.random.Generator, place: SlicePlace, even: bool) -> _Scene:
        cut, prompts = self.catalogue.get(place), self.run.data.prompts_per_image
        small = max(cut.labels_yx.shape) < self.mixture.mosaic_below
        if small and rng.random() < self.mixture.mosaic_share:
            cut = mosaic([cut, *(self.catalogue.get(self._alike(rng, place)) for _ in range(3))])
        view = View.random(rng, cut, self.preset.image_size)
        image, seen = view.image(cut.image), view.seen(cut.labels_yx.shape)
        if even:
            masks = even_regions(rng, image, seen, prompts)
        else:
            masks = labelled_objects(rng, view.labels(cut.labels_yx), prompts, cut.instances)
        return _Scene(image, seen, [Target(mask) for mask in masks])

    def _painted(self, rng: np.random.Generator, place: SlicePlace, boxes_only: bool) -> _Scene:
        cut, prompts = self.catalogue.get(place), self.run.data.prompts_per_image
        view = View.random(rng, cut, self.preset.image_size)
        seen = view.seen(cut.labels_yx.shape)
        image, masks = painted_shapes(rng, view.image(cut.image), seen, prompts + 1)
        targets = [Target(mask) for mask in masks[:prompts]]
        if boxes_only and rng.random() < self.mixture.nothing:
            taken = np.any(np.stack([view.labels(cut.labels_yx) > 0, *masks]), 0)
            targets = [*empty_boxes(rng, taken | ~seen), *targets][:prompts]
        return _Scene(image, seen, targets)

    def _carried(self, rng: np.random.Generator, pair: Carried) -> _Scene:
        view = View.random(rng, pair.before, self.preset.image_size)
        targets = pair.targets(rng, view, self.run.data.prompts_per_image)
        return _Scene(view.image(pair.here.image), view.seen(pair.here.labels_yx.shape), targets)

    def _alike(self, rng: np.random.Generator, place: SlicePlace) -> SlicePlace:
        places = self.catalogue.places[self.catalogue.source.case(place.case_id).set_name]
        return places[rng.integers(len(places))]

    def _tokens(
        self, rng: np.random.Generator, target: Target, plan: StepPlan
    ) -> tuple[np.ndarray, np.ndarray]:
        if target.box_xyxy is not None:
            xy = target.box_xyxy.reshape(2, 2).astype(np.float32)
            return xy, np.array([BOX_FIRST_CORNER, BOX_SECOND_CORNER], np.int64)
        rule = self.preset.coordinates
        return simulate(rng, target.mask_yx, plan, self.run.prompts, self.frame, rule)
