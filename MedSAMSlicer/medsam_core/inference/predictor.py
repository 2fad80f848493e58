"""Encode a picture once, then ask for masks as often as you like."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from medsam_core.errors import OptionError, PromptError
from medsam_core.inference.backend import Backend, FeatureMaps, PromptArrays
from medsam_core.inference.embedding import Embedding
from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.postprocess import crop_padding, masks_from_logits
from medsam_core.inference.prediction import Prediction, merged
from medsam_core.inference.preprocess import prepare_images, to_uint8
from medsam_core.inference.presets import OutputRule, Preset
from medsam_core.inference.prompt_groups import PromptGroup, group_prompts
from medsam_core.inference.slice_prompts import SlicePrompts, read_prompts
from medsam_core.inference.stability import foreground_margin, stability_score
from medsam_core.models.architecture import Architecture

IMAGES_AT_ONCE = 16
"""200 MB of input at 1024 pixels; the backend may cut it further."""

PROMPTS_AT_ONCE = 64
"""17 MB of low-resolution logits."""


HALF_MAX = 60_000.0
"""float16 ends at 65,504."""


class _Info(Protocol):
    identity: str
    architecture: Architecture | None
    score_is_trained: bool


class UsableModel(Protocol):
    """The parts of `model.Model` that a predictor uses."""

    backend: Backend
    preset: Preset
    info: _Info


class Predictor:
    """Masks for prompts on single pictures.

    Args:
        model: a network with its backend and preset.

    Raises:
        OptionError: the preset is for multi-class networks and the network is none.
    """

    def __init__(self, model: UsableModel) -> None:
        self.model = model
        self._backend, self._preset = model.backend, model.preset
        self._rule = _output_rule(model)

    def embed(self, image_yx: np.ndarray, key: str = "") -> Embedding:
        """Run the encoder on one picture.

        Args:
            image_yx: (y, x), (y, x, 3) or (y, x, 4, alpha dropped); uint8 as it is, of any other number
                type with its finite range mapped to 0..255.
            key: digest of the cache key that the embedding will be kept under.

        Raises:
            VolumeError: not a picture of numbers.
        """
        return self.embed_many([image_yx], [key])[0]

    def embed_many(self, images_yx: Sequence[np.ndarray], keys: Sequence[str] = ()) -> list[Embedding]:
        """Run the encoder on many pictures, several at once; the same as one by one."""
        pictures = [to_uint8(image) for image in images_yx]
        keys = keys or [""] * len(pictures)
        embeddings: list[Embedding] = []
        for start in range(0, len(pictures), IMAGES_AT_ONCE):
            part = slice(start, start + IMAGES_AT_ONCE)
            maps = self._backend.encode(prepare_images(pictures[part], self._preset))
            for n, (picture, key) in enumerate(zip(pictures[part], keys[part], strict=True)):
                embeddings.append(self._embedding(tuple(m[n : n + 1] for m in maps), picture, key))
        return embeddings

    def predict(
        self,
        embedding: Embedding,
        boxes_xyxy: Any = None,
        points_xy: Any = None,
        point_labels: Any = None,
        mask_logits: Any = None,
        multimask: bool | None = None,
    ) -> Prediction:
        """Decode n prompts; each gets the mask that it would get alone.

        Positions are pixel indices of the picture, x before y. Boxes and points may be combined; with
        several prompts either may be None for some of them, and the number of points may differ.

        Args:
            embedding: from this predictor's `embed`.
            boxes_xyxy: (4,) or n times (4,): x0, y0, x1, y1, corners inclusive (the last column is
                width - 1; width is taken too).
            points_xy: (p, 2) for one prompt, or n times (p, 2).
            point_labels: (p,) or n times (p,): 1 inside the object, 0 outside; all 1 if None.
            mask_logits: (n, 1, h, w) of an earlier `Prediction.logits`, to be refined.
            multimask: ask for the network's alternatives and take the most confident; None for what the
                preset's publication does.

        Raises:
            PromptError: a prompt is missing, not finite, of a wrong shape, inverted or outside the picture.
            OptionError: the embedding is another model's.
        """
        self._check_mine(embedding)
        prompts = read_prompts(
            embedding.frame.size_yx,
            self._backend.low_resolution,
            boxes_xyxy,
            points_xy,
            point_labels,
            mask_logits,
        )
        groups = self._groups(prompts, embedding.frame)
        features = embedding.as_float32()
        multimask = self._preset.multimask if multimask is None else multimask
        parts = [
            (piece.places, self._decode(features, piece.arrays, embedding.frame, multimask))
            for group in groups
            for piece in group.pieces(PROMPTS_AT_ONCE)
        ]
        return merged(parts)

    def _embedding(self, features: FeatureMaps, picture: np.ndarray, key: str) -> Embedding:
        frame = ImageFrame.of(picture.shape[:2], self._preset)
        stored = tuple(_stored(feature, self._backend.precision) for feature in features)
        return Embedding(stored, frame, self._preset.name, self.model.info.identity, key)

    def _check_mine(self, embedding: Embedding) -> None:
        mine = (self._preset.name, self._preset.image_size, self.model.info.identity)
        if (embedding.preset, embedding.frame.image_size, embedding.model) != mine:
            raise OptionError(
                "embedding", "another model or preset made it", "embed the picture with this one"
            )

    def _groups(self, prompts: SlicePrompts | None, frame: ImageFrame) -> list[PromptGroup]:
        if prompts is not None:
            return group_prompts(prompts, frame, self._preset)
        if not self._preset.prompt_free:
            raise PromptError("prompt", "there is none", "give a box or a point")
        nothing = PromptArrays(np.zeros((1, 0, 2), np.float32), np.zeros((1, 0), np.int64))
        return [PromptGroup(np.array([0]), nothing)]

    def _decode(
        self, features: FeatureMaps, arrays: PromptArrays, frame: ImageFrame, multimask: bool
    ) -> Prediction:
        logits, scores = self._backend.decode(features, arrays, multimask)
        if self._rule.first_class is not None:
            masks = masks_from_logits(logits, frame, self._rule)
            logits = foreground_margin(logits[:, self._rule.first_class :])
            scores = scores.mean(axis=1)
        else:
            logits, scores = self._best(logits, scores, frame)
            masks = masks_from_logits(logits, frame, self._rule)
        confidence = self._confidence(logits, scores[:, None], frame)[:, 0]
        return Prediction(masks.masks, masks.probabilities, scores, logits, confidence, masks.class_labels)

    def _best(
        self, logits: np.ndarray, scores: np.ndarray, frame: ImageFrame
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of each prompt's m alternatives the most confident: (n, 1, h, w) and (n,)."""
        if logits.shape[1] == 1:
            return logits, scores[:, 0]
        best = self._confidence(logits, scores, frame).argmax(axis=1)
        n = np.arange(len(best))
        return logits[n, best][:, None], scores[n, best]

    def _confidence(self, logits: np.ndarray, scores: np.ndarray, frame: ImageFrame) -> np.ndarray:
        """(n, m) from (n, m, h, w) and (n, m)."""
        if self.model.info.score_is_trained:
            return np.clip(scores, 0, 1)
        return stability_score(crop_padding(logits, frame))


def _stored(feature: np.ndarray, precision: str) -> np.ndarray:
    """A copy, or one picture's maps would keep the whole batch in memory; half as large where that is exact.

    Exact enough: under an encoder in half precision float16 adds a twentieth of its error. Measured on
    networks of random weights, ViT-B among them, it moves one boundary pixel in 1,000. Under fp32 nothing
    is rounded, for there the promise is the published mask.
    """
    if precision == "fp32" or np.abs(feature).max() > HALF_MAX:
        return feature.astype(np.float32)
    return feature.astype(np.float16)


def _output_rule(model: UsableModel) -> OutputRule:
    """The preset's rule, with the network's word on whether its tokens are classes."""
    rule, architecture = model.preset.output, model.info.architecture
    is_multi_class = architecture is not None and architecture.class_tokens and architecture.mask_tokens > 1
    if is_multi_class:
        # Whoever trained it under a preset for single masks kept every token.
        return rule if rule.first_class is not None else dataclasses.replace(rule, first_class=0)
    if rule.first_class is not None:
        problem = "is for multi-class networks, and this one is none"
        raise OptionError(f"preset {model.preset.name}", problem, "use preset sam, medsam or litemedsam")
    return rule
