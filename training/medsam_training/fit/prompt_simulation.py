"""What a user would draw around, or click into, a known object."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.presets import Coordinates
from medsam_core.models.network import BOX_FIRST_CORNER, BOX_SECOND_CORNER, NEGATIVE, PADDING, POSITIVE
from medsam_training.fit.config import Kind, Prompting
from medsam_training.fit.truth import truth_on

_INNER_SHARE = 0.5  # of first clicks, how many are where a careful user clicks: far from the edge
_STEP = 1  # keeps a step's own randomness apart from an example's


@dataclass(frozen=True)
class StepPlan:
    """What the prompts of one step have in common.

    A network attends to every token, so prompts of unequal length cannot share a batch without changing
    each other's masks: all examples of a step show the same kind and number of things.

    Attributes:
        kind: "box", "points" or "both".
        points: number of clicks on the object.
        negative: whether one more lies beside it.
        corrections: rounds of corrective clicks afterwards.
    """

    kind: Kind
    points: int
    negative: bool
    corrections: int

    @classmethod
    def of(cls, prompting: Prompting, seed: int, step: int) -> StepPlan:
        """The same on every process, and again after a resume."""
        rng = np.random.default_rng((seed, _STEP, step))
        weights = np.array([prompting.box, prompting.points, prompting.both])
        kind = ("box", "points", "both")[rng.choice(3, p=weights / weights.sum())]
        points = 0 if kind == "box" else int(rng.integers(1, prompting.points_max + 1))
        negative = points > 0 and rng.random() < prompting.negative_share
        corrected = rng.random() < prompting.correction_share
        return cls(kind, points, bool(negative), prompting.corrections if corrected else 0)

    @classmethod
    def first_of(cls, prompting: Prompting) -> StepPlan:
        """What validation shows: a box where training ever shows one, else one click."""
        has_box = prompting.box + prompting.both > 0
        return cls("box" if has_box else "points", 0 if has_box else 1, False, 0)


def simulate(
    rng: np.random.Generator,
    mask_yx: np.ndarray,
    plan: StepPlan,
    prompting: Prompting,
    frame: ImageFrame,
    coordinates: Coordinates,
) -> tuple[np.ndarray, np.ndarray]:
    """Prompt an object.

    Args:
        rng: the example's.
        mask_yx: (y, x) bool in the slice's pixels, not empty.
        plan: what to show.
        prompting: how it is drawn.
        frame: where the slice lies on the network's input.
        coordinates: what numbers the preset gives for a box and a click.

    Returns:
        points_xy (p, 2) float32 and labels (p,) int64, as `PromptTensors` has them.
    """
    clicks, labels = _clicks(rng, mask_yx, plan)
    tokens = frame.points_to_input(clicks, coordinates)
    if plan.kind == "points":
        tokens, labels = np.concatenate([tokens, np.zeros((1, 2))]), [*labels, PADDING]
    else:
        box = drawn_box(rng, mask_yx, prompting, frame, coordinates)
        tokens = np.concatenate([tokens, box.reshape(2, 2)])
        labels = [*labels, BOX_FIRST_CORNER, BOX_SECOND_CORNER]
    return tokens.astype(np.float32), np.array(labels, np.int64)


def drawn_box(
    rng: np.random.Generator,
    mask_yx: np.ndarray,
    prompting: Prompting,
    frame: ImageFrame,
    coordinates: Coordinates,
) -> np.ndarray:
    """(x0, y0, x1, y1) float64 in the network's input, drawn as `Prompting.jitter` says."""
    if prompting.jitter == "pixels":
        return _widened_box(rng, mask_yx, prompting, frame)
    x0, y0, x1, y1 = box_of(mask_yx)
    sides = np.array([x1 - x0 + 1, y1 - y0 + 1])
    shift = rng.uniform(-prompting.inward, prompting.outward, 4) * np.tile(sides, 2)
    if prompting.loose_share and rng.random() < prompting.loose_share:
        shift *= prompting.loose
    last = np.array(mask_yx.shape[::-1]) - 1
    low = np.clip((x0, y0) - shift[:2], 0, last)
    high = np.clip(np.add((x1, y1), shift[2:]), 0, last)
    box = np.concatenate([np.minimum(low, high), np.maximum(low, high)])
    return frame.boxes_to_input(box[None], coordinates)[0]


def _widened_box(
    rng: np.random.Generator, mask_yx: np.ndarray, prompting: Prompting, frame: ImageFrame
) -> np.ndarray:
    """MedSAM's: around the mask on the input, each side moved outward by whole pixels."""
    on_input = truth_on(mask_yx, frame, frame.image_size)
    if not on_input.any():  # a speck that the input's grid misses
        return frame.boxes_to_input(box_of(mask_yx)[None])[0]
    shift = rng.integers(-int(prompting.inward), int(prompting.outward) + 1, 4)
    box = box_of(on_input) + shift * (-1, -1, 1, 1)
    box = np.clip(box, 0, np.tile(frame.resized_yx[::-1], 2)).astype(np.float64)
    return np.concatenate([np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])])


def box_of(mask_yx: np.ndarray) -> np.ndarray:
    """(x0, y0, x1, y1) pixel indices of a mask, corners inclusive."""
    rows, columns = np.flatnonzero(mask_yx.any(1)), np.flatnonzero(mask_yx.any(0))
    return np.array([columns[0], rows[0], columns[-1], rows[-1]])


def _clicks(rng: np.random.Generator, mask_yx: np.ndarray, plan: StepPlan) -> tuple[np.ndarray, list[int]]:
    if plan.points == 0:
        return np.zeros((0, 2)), []
    first = inner_click(mask_yx) if rng.random() < _INNER_SHARE else random_click(rng, mask_yx)
    clicks = [first, *(random_click(rng, mask_yx) for _ in range(plan.points - 1))]
    labels = [POSITIVE] * plan.points
    if plan.negative:
        beside = _beside(mask_yx)
        outside = beside.any()
        clicks.append(random_click(rng, beside if outside else mask_yx))
        labels.append(NEGATIVE if outside else POSITIVE)
    return np.array(clicks, np.float64), labels


def random_click(rng: np.random.Generator, mask_yx: np.ndarray) -> tuple[int, int]:
    """(x, y) of any pixel of the mask: drawn as a pair, so it cannot fall beside it."""
    y, x = divmod(int(rng.choice(np.flatnonzero(mask_yx))), mask_yx.shape[1])
    return x, y


def inner_click(mask_yx: np.ndarray) -> tuple[int, int]:
    """(x, y) of the mask's pixel that is farthest from its edge."""
    x0, y0, x1, y1 = box_of(mask_yx)
    padded = np.pad(mask_yx[y0 : y1 + 1, x0 : x1 + 1], 1)
    y, x = np.unravel_index(ndimage.distance_transform_edt(padded).argmax(), padded.shape)
    return int(x0 + x - 1), int(y0 + y - 1)


def _beside(mask_yx: np.ndarray) -> np.ndarray:
    """Pixels near the object that are not of it."""
    x0, y0, x1, y1 = box_of(mask_yx)
    far_x, far_y = (x1 - x0) // 4 + 2, (y1 - y0) // 4 + 2
    near = np.zeros_like(mask_yx)
    near[max(0, y0 - far_y) : y1 + far_y + 1, max(0, x0 - far_x) : x1 + far_x + 1] = True
    return near & ~mask_yx
