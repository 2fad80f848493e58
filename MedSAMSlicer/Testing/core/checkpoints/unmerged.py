"""Low-rank updates of finetune-SAM, SAMed and micro-sam as they run while training: beside the weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from layouts import Weights, decoder_projections
from torch import Tensor, nn

from medsam_core.models.network import BOX_FIRST_CORNER, BOX_SECOND_CORNER, PromptTensors


class _Around(nn.Module):
    """A linear layer with something beside it; callers may ask for the weight's type."""

    def __init__(self, plain: nn.Linear) -> None:
        super().__init__()
        self.plain = plain

    @property
    def weight(self) -> Tensor:
        return self.plain.weight


class BesideFused(_Around):
    """A fused qkv projection; the first `dim` outputs get q's update, the last get v's."""

    def __init__(self, plain: nn.Linear, pairs: dict[str, tuple[Tensor, Tensor]]) -> None:
        super().__init__(plain)
        self.pairs = pairs

    def forward(self, x: Tensor) -> Tensor:
        out = self.plain(x)
        dim = self.plain.in_features
        (a_q, b_q), (a_v, b_v) = self.pairs["q"], self.pairs["v"]
        q, rest, v = out[..., :dim], out[..., dim:-dim], out[..., -dim:]
        return torch.cat([q + (x @ a_q.T) @ b_q.T, rest, v + (x @ a_v.T) @ b_v.T], dim=-1)


class Beside(_Around):
    """One projection with its update."""

    def __init__(self, plain: nn.Linear, pair: tuple[Tensor, Tensor]) -> None:
        super().__init__(plain)
        self.pair = pair

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.pair
        return self.plain(x) + (x @ a.T) @ b.T


def put_beside(
    network: nn.Module,
    weights: Weights,
    fused: Callable[[str, str], tuple[Tensor, Tensor] | None],
    single: Callable[[str], tuple[Tensor, Tensor] | None],
) -> nn.Module:
    """Wrap the projections of a network for which a pair is given.

    Args:
        network: filled with the plain weights.
        weights: the plain weights, for the decoder's names.
        fused: (place of a qkv projection, "q" or "v") -> pair.
        single: place of a decoder's projection -> pair.
    """
    places = [name for name, _ in network.named_modules() if name.endswith(".attn.qkv")]
    for place in places:
        pairs = {letter: fused(place, letter) for letter in "qv"}
        if pairs["q"] is not None:
            _replace(network, place, lambda plain, pairs=pairs: BesideFused(plain, pairs))
    for place in decoder_projections(weights):
        if (pair := single(place)) is not None:
            _replace(network, place, lambda plain, pair=pair: Beside(plain, pair))
    return network


def _replace(network: nn.Module, place: str, make: Callable[[nn.Linear], nn.Module]) -> None:
    parent, _, name = place.rpartition(".")
    module = network.get_submodule(parent)
    setattr(module, name, make(getattr(module, name)))


@torch.inference_mode()
def prediction(network: nn.Module) -> Tensor:
    """Logits for a seeded picture and two boxes."""
    size = network.image_size
    image = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(1))
    corners = torch.tensor([[[0.1, 0.2], [0.7, 0.9]], [[0.3, 0.3], [0.6, 0.5]]]) * size
    labels = torch.tensor([[BOX_FIRST_CORNER, BOX_SECOND_CORNER]] * 2)
    return network.decode(network.encode(image), PromptTensors(corners, labels))[0]
