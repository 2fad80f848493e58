"""What is measured: a checkpoint, or the ellipse that knows nothing of the image."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from medsam_core.errors import OptionError
from medsam_core.inference.embedding import Embedding
from medsam_core.inference.model import Model
from medsam_core.inference.prediction import Prediction
from medsam_core.inference.predictor import Predictor
from medsam_training.evaluate.prompt import Prompt

_REMEMBERED = 8  # embeddings: as many phases as a slice is likely to have


@dataclass(frozen=True, eq=False)
class Answer:
    """A mask for a prompt.

    Attributes:
        mask_yx: (y, x) bool.
        probability_yx: (y, x) float32 in 0..1, cut at 0.5 for the mask; None where there is none.
        score: what the segmenter thinks its own IoU is, 0..1; None where it does not say.
    """

    mask_yx: np.ndarray
    probability_yx: np.ndarray | None = None
    score: float | None = None


class Segmenter(Protocol):
    """Anything that answers prompts on one image.

    Attributes:
        name: what tables call it; different for all that are compared.
        takes_points: whether it can answer clicks without a box.
        takes_boxes: whether it can be told a box.
    """

    name: str
    takes_points: bool
    takes_boxes: bool

    def segment(self, image_yx: np.ndarray, prompts: Sequence[Prompt]) -> list[Answer]:
        """An answer for each prompt on a uint8 image (y, x) or (y, x, 3)."""


class EllipseSegmenter:
    """The ellipse inscribed in the box: what a box gives away before anyone has looked at the image."""

    name = "ellipse"
    takes_points, takes_boxes = False, True

    def segment(self, image_yx: np.ndarray, prompts: Sequence[Prompt]) -> list[Answer]:
        """The ellipses."""
        return [Answer(ellipse_in(prompt.box_xyxy, image_yx.shape[:2])) for prompt in prompts]


def ellipse_in(box_xyxy: np.ndarray, shape_yx: tuple[int, int]) -> np.ndarray:
    """The (y, x) mask of the ellipse that touches the outer edges of a box (indices, corners inclusive)."""
    y, x = np.ogrid[: shape_yx[0], : shape_yx[1]]
    low, high = np.asarray(box_xyxy[:2]) - 0.5, np.asarray(box_xyxy[2:]) + 0.5
    middle, half = (low + high) / 2, (high - low) / 2
    return ((x - middle[0]) / half[0]) ** 2 + ((y - middle[1]) / half[1]) ** 2 <= 1.0


class CheckpointSegmenter:
    """A checkpoint under the engine's own predictor: its preset, its output rule.

    Args:
        model: from `medsam_core.load_model`.
        name: for tables; the model's own by default.
    """

    def __init__(self, model: Model, name: str | None = None) -> None:
        self.model, self.name = model, name or model.name
        self._predictor = Predictor(model)
        self._remembered: OrderedDict[int, tuple[np.ndarray, Embedding]] = OrderedDict()
        self.takes_points = self.takes_boxes = not self.is_multi_class

    @property
    def is_multi_class(self) -> bool:
        """Whether it answers every class at once, without prompts."""
        architecture = self.model.info.architecture
        return architecture is not None and architecture.class_tokens and architecture.mask_tokens > 1

    def segment(self, image_yx: np.ndarray, prompts: Sequence[Prompt]) -> list[Answer]:
        """The answers; an image is encoded once as long as it is the same array."""
        if not prompts:
            return []
        embedding = self._embedding(image_yx)
        if self.is_multi_class:
            found = self._predictor.predict(embedding)
            return [self._of_class(found, prompt) for prompt in prompts]
        return _answers(self._predictor.predict(embedding, *_columns(prompts)))

    def _embedding(self, image_yx: np.ndarray) -> Embedding:
        known = self._remembered.get(id(image_yx))  # the array is kept with it, so its id stays its own
        if known is None:
            known = (image_yx, self._predictor.embed(image_yx))
            self._remembered[id(image_yx)] = known
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return known[1]

    def class_number(self, label: str, number: int) -> int:
        """The network's number of a label: by name where its classes are named, else the mask's number.

        Raises:
            OptionError: it has no such class.
        """
        names = self.model.info.class_names
        if not names:
            return number
        if label not in names:
            remedy = f"leave it out with --labels, it knows {', '.join(names[1:])}"
            raise OptionError(self.name, f"has no class '{label}'", remedy)
        return names.index(label)

    def _of_class(self, found: Prediction, prompt: Prompt) -> Answer:
        number = self.class_number(prompt.label, prompt.number)
        return Answer(found.class_labels[0] == number, None, float(found.confidence[0]))


def _columns(prompts: Sequence[Prompt]) -> tuple[list | None, list | None, list | None]:
    """Boxes, points and their labels as `Predictor.predict` takes them; all None where nobody has any."""
    boxes = [prompt.box_xyxy for prompt in prompts]
    if not any(len(prompt.points_xy) for prompt in prompts):
        return boxes, None, None
    points = [prompt.points_xy for prompt in prompts]
    labels = [prompt.point_labels for prompt in prompts]
    return (None if all(box is None for box in boxes) else boxes), points, labels


def _answers(found: Prediction) -> list[Answer]:
    rows = zip(found.masks, found.probabilities, found.confidence, strict=True)
    return [Answer(mask, probability, float(score)) for mask, probability, score in rows]
