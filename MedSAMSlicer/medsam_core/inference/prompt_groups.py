"""From checked prompts in the picture's pixels to the arrays that a backend decodes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from medsam_core.inference.backend import PromptArrays
from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.presets import Preset
from medsam_core.inference.slice_prompts import SlicePrompts
from medsam_core.models.network import BOX_FIRST_CORNER, BOX_SECOND_CORNER, PADDING


class PromptGroup(NamedTuple):
    """Prompts of the same number of tokens, which can be decoded together.

    Attributes:
        places: (k,) which of the n prompts they are.
        arrays: their tokens.
    """

    places: np.ndarray
    arrays: PromptArrays

    def pieces(self, most: int) -> list[PromptGroup]:
        """The same prompts in groups of at most `most`."""
        points, labels, masks = self.arrays
        parts = [slice(start, start + most) for start in range(0, len(self.places), most)]
        return [
            PromptGroup(
                self.places[part],
                PromptArrays(points[part], labels[part], None if masks is None else masks[part]),
            )
            for part in parts
        ]


def group_prompts(prompts: SlicePrompts, frame: ImageFrame, preset: Preset) -> list[PromptGroup]:
    """Group prompts by their number of tokens and map them to the network's input.

    A network attends to every token, so padding a short prompt to the length of a long one would change its
    mask; apart, each gets the mask that it gets alone.
    """
    kinds: dict[tuple[bool, int], list[int]] = {}
    for place, (box, points) in enumerate(zip(prompts.boxes, prompts.points, strict=True)):
        kinds.setdefault((box is not None, len(points)), []).append(place)
    return [_group(prompts, places, has_box, frame, preset) for (has_box, _), places in kinds.items()]


def _group(
    prompts: SlicePrompts, places: list[int], has_box: bool, frame: ImageFrame, preset: Preset
) -> PromptGroup:
    points = frame.points_to_input(np.stack([prompts.points[n] for n in places]), preset.coordinates)
    labels = np.stack([prompts.labels[n] for n in places])
    extra, codes = np.zeros((len(places), 0, 2)), []
    if has_box:
        boxes = frame.boxes_to_input(np.stack([prompts.boxes[n] for n in places]), preset.coordinates)
        extra, codes = boxes.reshape(-1, 2, 2), [BOX_FIRST_CORNER, BOX_SECOND_CORNER]
    elif points.shape[1]:
        extra, codes = np.zeros((len(places), 1, 2)), [PADDING]
    arrays = PromptArrays(
        np.concatenate([points, extra], axis=1).astype(np.float32),
        np.concatenate([labels, np.tile(np.array(codes, np.int64), (len(places), 1))], axis=1),
        None if prompts.mask_logits is None else prompts.mask_logits[places],
    )
    return PromptGroup(np.array(places), arrays)
