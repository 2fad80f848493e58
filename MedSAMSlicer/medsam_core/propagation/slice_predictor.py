"""Prompt any slice of a volume: encodes it once, remembers the embedding, decodes many times."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medsam_core.mask_prompt import MaskPrompt
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_prompt import SlicePrompt
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.slice_grid import SliceGrid

if TYPE_CHECKING:
    from medsam_core.inference.embedding import Embedding
    from medsam_core.inference.embedding_cache import CacheKey, EmbeddingCache
    from medsam_core.inference.predictor import Predictor

# A picture of cells may have thousands of boxes, and each answer is as large as the slice.
_MOST_TOGETHER = 64
_PIXELS_TOGETHER = 1 << 26


@dataclass
class Timings:
    """Seconds spent so far, and how many slices were encoded (not found in the cache)."""

    encode: float = 0.0
    decode: float = 0.0
    encoded_slices: int = 0


class SlicePredictor:
    """Masks for prompts on the slices of one volume.

    Args:
        stack: the slices.
        predictor: the model's predictor.
        cache: embeddings are looked up and kept here; several segments and runs share them.
        check: called before each encoder call; raises to end the work (cancel).
    """

    def __init__(
        self,
        stack: SliceStack,
        predictor: Predictor,
        cache: EmbeddingCache,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.stack = stack
        self.timings = Timings()
        self._predictor = predictor
        self._cache = cache
        self._check = check

    @property
    def count(self) -> int:
        """Number of slices."""
        return self.stack.count

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Rows and columns of a slice."""
        return self.stack.shape_yx

    def on(self, grid: SliceGrid) -> SlicePredictor:
        """The same volume and model on other slices; cache, timings and cancel are shared."""
        stack = SliceStack(self.stack.volume, self.stack.window, grid)
        other = SlicePredictor(stack, self._predictor, self._cache, self._check)
        other.timings = self.timings
        return other

    def embedding(self, index: int) -> Embedding:
        """The embedding of one slice, from the cache or from the encoder."""
        key = self._key(index)
        found = self._cache.get(key)
        if found is not None:
            return found
        self._check()
        start = time.perf_counter()
        embedding = self._predictor.embed(self.stack.image(index))
        self._count_encode(start, 1)
        self._cache.put(key, embedding)
        return embedding

    def prefetch(self, indices: Sequence[int]) -> None:
        """Encode the slices that the cache lacks in one batch."""
        if not self._gains_from_batches():
            return
        missing = [i for i in indices if self._cache.get(self._key(i)) is None]
        if len(missing) < 2:
            return
        self._check()
        start = time.perf_counter()
        embeddings = self._predictor.embed_many([self.stack.image(i) for i in missing])
        self._count_encode(start, len(missing))
        for index, embedding in zip(missing, embeddings, strict=True):
            self._cache.put(self._key(index), embedding)

    def masks(self, index: int, prompts: Sequence[SlicePrompt]) -> list[SliceMask]:
        """One mask per prompt, in the order given, decoded together; drawn masks come back as they are."""
        asked = [p for p in prompts if p.mask is None]
        found = iter(self._predicted(index, asked) if asked else ())
        return [next(found) if p.mask is None else self._drawn(index, p.mask) for p in prompts]

    def union(self, index: int, prompts: Sequence[SlicePrompt]) -> SliceMask:
        """All prompts of one segment on one slice as one mask; the least sure part gives the confidence."""
        rows, columns = self.shape_yx
        together = max(1, min(_MOST_TOGETHER, _PIXELS_TOGETHER // (rows * columns)))
        united: SliceMask | None = None
        for first in range(0, len(prompts), together):
            if united is not None:
                self._check()
            parts = self.masks(index, prompts[first : first + together])
            united = _united(parts if united is None else [united, *parts])
        if united is None:
            raise ValueError("a slice without prompts has no mask")
        return united

    def _predicted(self, index: int, prompts: Sequence[SlicePrompt]) -> list[SliceMask]:
        embedding = self.embedding(index)
        start = time.perf_counter()
        found = self._predictor.predict(embedding, **_arguments(prompts))
        self.timings.decode += time.perf_counter() - start
        return [
            SliceMask(index, mask, probability, float(confidence), prompt.box_xyxy, logits=logits)
            for mask, probability, confidence, prompt, logits in zip(
                found.masks, found.probabilities, found.confidence, prompts, found.logits, strict=True
            )
        ]

    def _drawn(self, index: int, mask: MaskPrompt) -> SliceMask:
        mask_yx = mask.mask_yx(self.shape_yx)
        return SliceMask(index, mask_yx, mask_yx.astype(np.float32), 1.0, drawn=True)

    def _gains_from_batches(self) -> bool:
        # A CPU is as fast one by one, and a cancel then takes effect after one slice.
        return self._predictor.model.backend.device != "cpu"

    def _key(self, index: int) -> CacheKey:
        from medsam_core.inference.embedding_cache import CacheKey

        model = self._predictor.model
        return CacheKey(
            image=self.stack.volume.content_key(),
            intensity=str(self.stack.window),
            model=model.info.identity,
            preset=model.preset.name,
            plane=self.stack.grid.plane_key(index),
            precision=f"{model.backend.name} {model.backend.precision}",
        )

    def _count_encode(self, start: float, slices: int) -> None:
        self.timings.encode += time.perf_counter() - start
        self.timings.encoded_slices += slices


def _united(parts: Sequence[SliceMask]) -> SliceMask:
    if len(parts) == 1:
        return parts[0]
    boxes = np.array([p.box_xyxy for p in parts if p.box_xyxy is not None])
    hull = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)) if len(boxes) else None
    return SliceMask(
        parts[0].index,
        np.any([p.mask_yx for p in parts], axis=0),
        np.max([p.probability_yx for p in parts], axis=0),
        min(p.confidence for p in parts),
        hull,
    )


def _arguments(prompts: Sequence[SlicePrompt]) -> dict[str, Any]:
    """Prompts as `Predictor.predict` takes them: None for what none of them has."""
    boxes = [p.box_xyxy for p in prompts]
    points = [[xy for xy, _ in p.points_xy] or None for p in prompts]
    labels = [[int(positive) for _, positive in p.points_xy] or None for p in prompts]
    return {
        "boxes_xyxy": boxes if any(boxes) else None,
        "points_xy": points if any(points) else None,
        "point_labels": labels if any(points) else None,
        "mask_logits": _logits(prompts),
    }


def _logits(prompts: Sequence[SlicePrompt]) -> np.ndarray | None:
    """(n, 1, h, w) where all prompts have one, else None: a decoder takes a mask for each or for none."""
    given = [p.logits for p in prompts if p.logits is not None]
    return np.stack(given) if given and len(given) == len(prompts) else None
