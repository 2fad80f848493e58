"""SAM run by the published steps: segment-anything's own modules, called as its predictor calls them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from medsam_core.models.network import BOX_FIRST_CORNER, BOX_SECOND_CORNER, PADDING, PromptTensors


def fill_with_random_weights(network: nn.Module, seed: int = 0) -> nn.Module:
    """Give every weight a number that matters: tables and biases start as zeros otherwise."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(network.named_parameters()):
            spread = 0.3 if parameter.ndim == 1 else min(0.2, parameter[0].numel() ** -0.5)
            is_norm_weight = parameter.ndim == 1 and name.endswith("weight")
            parameter.normal_(1.0 if is_norm_weight else 0.0, spread, generator=generator)
        for name, buffer in sorted(network.named_buffers()):
            if name.endswith("running_mean"):
                buffer.normal_(0, 0.2, generator=generator)
            elif name.endswith("running_var"):
                buffer.uniform_(0.5, 2, generator=generator)
    return network.eval()


@dataclass(frozen=True)
class PublishedPrompts:
    """Prompts in the form that segment-anything's PromptEncoder takes."""

    points_xy: Tensor | None = None
    point_labels: Tensor | None = None
    boxes_xyxy: Tensor | None = None
    masks: Tensor | None = None

    def as_tensors(self) -> PromptTensors:
        """The same prompts in ours: clicks, then corners, padding where there is no box."""
        points, labels = [], []
        if self.points_xy is not None:
            points.append(self.points_xy)
            labels.append(self.point_labels)
        if self.boxes_xyxy is not None:
            corners = torch.tensor([[BOX_FIRST_CORNER, BOX_SECOND_CORNER]])
            points.append(self.boxes_xyxy.reshape(-1, 2, 2))
            labels.append(corners.expand(len(self.boxes_xyxy), 2))
        else:
            points.append(torch.zeros(len(self.points_xy), 1, 2))
            labels.append(torch.full((len(self.points_xy), 1), PADDING))
        return PromptTensors(torch.cat(points, 1), torch.cat(labels, 1), self.masks)


def published_decode(
    network: nn.Module, embedding: Tensor, prompts: PublishedPrompts, multimask: bool = False
) -> tuple[Tensor, Tensor]:
    """Decode n prompts against one image's (1, c, g, g) embedding, as SamPredictor.predict_torch does."""
    points = None if prompts.points_xy is None else (prompts.points_xy, prompts.point_labels)
    sparse, dense = network.prompt_encoder(points, prompts.boxes_xyxy, prompts.masks)
    return network.mask_decoder(
        image_embeddings=embedding,
        image_pe=network.prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense,
        multimask_output=multimask,
    )


def random_prompts(kind: str, size: int, n: int = 3, seed: int = 0) -> PublishedPrompts:
    """`n` prompts on an image of `size` pixels: "points", "boxes", "both", and "... and mask"."""
    generator = torch.Generator().manual_seed(seed)

    def rand(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    clicks, corners = rand(n, 3, 2) * size, rand(n, 4) * size
    labels = torch.randint(0, 2, (n, 3), generator=generator)
    masks = 8 * rand(n, 1, size // 4, size // 4) - 4 if kind.endswith("mask") else None
    what = kind.split(" and ")[0]
    return PublishedPrompts(
        clicks if what in ("points", "both") else None,
        labels if what in ("points", "both") else None,
        corners if what in ("boxes", "both") else None,
        masks,
    )


def relative_error(value: Tensor, expected: Tensor) -> float:
    """The norm of the difference over the norm of what was expected."""
    value, expected = value.detach().double(), expected.detach().double()
    return float((value - expected).norm() / expected.norm())
