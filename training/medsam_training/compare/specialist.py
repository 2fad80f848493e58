"""A network that segments what a box shows, in the form in which `fit` trains promptable networks."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from medsam_core.models.network import PromptTensors
from medsam_training.compare.box_channel import box_channel

CHANNELS = 4
"""Red, green and blue (a grey slice three times), and the box."""


class Specialist(nn.Module):
    """A plain segmentation network behind the interface of `PromptableNetwork`.

    It has no image side to compute once: every box is a forward pass of its own. It has no estimate of its
    own quality either: its scores are 0.

    Args:
        body: from (n, 4, size, size) to logits (n, 1, size, size).
        image_size: side of the input and of the answer.
    """

    decodes_in_fp32 = False
    """Its work is in `decode`, which may run in bf16 as other networks' encoders do."""

    def __init__(self, body: nn.Module, image_size: int) -> None:
        super().__init__()
        self.body, self.image_size, self.low_resolution = body, image_size, image_size

    def encode(self, images: Tensor) -> tuple[Tensor, ...]:
        """The images themselves."""
        return (images,)

    def decode(
        self, features: tuple[Tensor, ...], prompts: PromptTensors, multimask: bool = False
    ) -> tuple[Tensor, Tensor]:
        """See `PromptableNetwork.decode`; only boxes are understood."""
        box = box_channel(prompts, self.image_size)
        (images,) = features
        if len(images) not in (1, len(box)):
            raise ValueError(f"{len(images)} images do not go with {len(box)} boxes")
        logits = self.body(torch.cat([images.expand(len(box), -1, -1, -1), box], 1)).float()
        return logits, logits.new_zeros(len(box), 1)
