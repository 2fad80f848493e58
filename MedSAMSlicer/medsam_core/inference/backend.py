"""What runs a network: numpy in, numpy out, so that embeddings can be cached whatever the runtime is."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

FeatureMaps = tuple[np.ndarray, ...]


class PromptArrays(NamedTuple):
    """n prompts of p tokens each, in the pixels of the network's input.

    The numpy twin of ``models.network.PromptTensors``, which says what the tokens are and their order.

    Attributes:
        points_xy: (n, p, 2) float32, (x, y) in [0, image_size].
        labels: (n, p) int64, the codes of ``models.network``.
        mask_logits: (n, 1, h, w) float32 low-resolution logits of an earlier mask, or None.
    """

    points_xy: np.ndarray
    labels: np.ndarray
    mask_logits: np.ndarray | None = None


@runtime_checkable
class Backend(Protocol):
    """One network on one device at one precision. Thread-safe is not asked: one worker calls it.

    Attributes:
        name: "torch" or "openvino".
        device: "cpu", "cuda", "mps" ...
        precision: "fp32", "bf16" or "fp16"; what arrives and leaves is float32 all the same.
        image_size: side in pixels of the square input.
        low_resolution: side in pixels of the mask logits.
    """

    name: str
    device: str
    precision: str
    image_size: int
    low_resolution: int

    def encode(self, images: np.ndarray) -> FeatureMaps:
        """Turn (b, 3, image_size, image_size) float32 into float32 feature maps of first dimension b."""

    def decode(
        self, features: FeatureMaps, prompts: PromptArrays, multimask: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Turn prompts into masks; feature maps have first dimension 1 (one image) or n (paired).

        Returns:
            logits: (n, m, low_resolution, low_resolution) float32; m as in ``PromptableNetwork.decode``.
            scores: (n, m) float32, the network's own estimate of each mask's IoU.
        """
