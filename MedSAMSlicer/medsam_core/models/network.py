"""What every promptable network here offers: encode an image once, decode prompts against it many times."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from torch import Tensor

PADDING, NEGATIVE, POSITIVE, BOX_FIRST_CORNER, BOX_SECOND_CORNER = -1, 0, 1, 2, 3


class PromptTensors(NamedTuple):
    """n prompts of p tokens each, in the pixels of the network's input.

    Attributes:
        points_xy: (n, p, 2) float32, (x, y) in [0, image_size]; a box is two tokens, its corners.
            Order: clicks, then box corners; clicks without a box end in one PADDING token (as in SAM).
        labels: (n, p) int64, PADDING / NEGATIVE / POSITIVE / BOX_FIRST_CORNER / BOX_SECOND_CORNER.
        mask_logits: (n, 1, h, w) float32 low-resolution logits of an earlier mask, or None.
    """

    points_xy: Tensor
    labels: Tensor
    mask_logits: Tensor | None = None


@runtime_checkable
class PromptableNetwork(Protocol):
    """A ``torch.nn.Module`` with a heavy image side and a light prompt side.

    Attributes:
        image_size: side in pixels of the square input.
        low_resolution: side in pixels of the mask logits that come out and that `mask_logits` takes.
    """

    image_size: int
    low_resolution: int

    def encode(self, images: Tensor) -> tuple[Tensor, ...]:
        """Turn (b, 3, image_size, image_size) into feature maps, each with first dimension b."""

    def decode(
        self, features: tuple[Tensor, ...], prompts: PromptTensors, multimask: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Turn prompts into masks.

        The first dimension of each feature map is 1 (one image, n prompts) or n (paired);
        anything else is a ValueError.

        Returns:
            logits: (n, m, low_resolution, low_resolution); m is 1, or the number of alternatives
                when `multimask`, or of class tokens for a multi-class network.
            scores: (n, m) the network's own estimate of each mask's IoU.
        """
