"""The mask decoder against segment-anything's."""

from __future__ import annotations

import pytest
import torch

from medsam_core.models.mask_decoding import decode_masks
from medsam_core.models.prompt_encoding import encode_prompts, grid_positions
from medsam_core.models.registry import build_network
from testkit.published_sam import (
    fill_with_random_weights,
    published_decode,
    random_prompts,
    relative_error,
)
from testkit.tiny_models import a_tiny_architecture


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    return fill_with_random_weights(build_network(a_tiny_architecture()))


@pytest.mark.parametrize("multimask", [False, True])
@pytest.mark.parametrize("kind", ["points", "boxes", "both", "points and mask", "boxes and mask"])
def test_logits_and_scores_are_the_published_ones(
    network: torch.nn.Module, kind: str, multimask: bool
) -> None:
    embedding, prompts = torch.randn(1, 32, 4, 4), random_prompts(kind, 64)
    with torch.no_grad():
        want = published_decode(network, embedding, prompts, multimask)
        got = network.decode((embedding,), prompts.as_tensors(), multimask)
    assert relative_error(got[0], want[0]) < 2e-6
    assert torch.allclose(got[1], want[1], atol=1e-5)


def test_a_token_that_is_not_wanted_changes_nothing_for_the_others(network: torch.nn.Module) -> None:
    prompts, embedding = random_prompts("boxes", 64).as_tensors(), torch.randn(1, 32, 4, 4)
    tokens, dense = encode_prompts(network.prompt_encoder, prompts, 64)
    places = grid_positions(network.prompt_encoder, 4)

    def decoded(wanted: slice) -> tuple[torch.Tensor, torch.Tensor]:
        return decode_masks(network.mask_decoder, embedding, places, tokens, dense, wanted)

    with torch.no_grad():
        every, scores = decoded(slice(0, None))
        some, some_scores = decoded(slice(2, 4))
    assert every.shape == (3, 4, 16, 16)
    assert torch.allclose(some, every[:, 2:4], atol=1e-6)
    assert torch.equal(some_scores, scores[:, 2:4])


def test_gradients_reach_every_weight_that_a_mask_depends_on(network: torch.nn.Module) -> None:
    network.zero_grad()
    prompts = random_prompts("boxes and mask", 64).as_tensors()
    logits, scores = network.decode((torch.randn(1, 32, 4, 4),), prompts, multimask=True)
    (logits.square().mean() + scores.square().mean()).backward()
    untouched = [n for n, p in network.mask_decoder.named_parameters() if p.grad is None or not p.grad.any()]
    single_mask, shift_of_scores = "output_hypernetworks_mlps.0.", "k_proj.bias"  # neither can matter
    assert all(n.startswith(single_mask) or n.endswith(shift_of_scores) for n in untouched)
    network.zero_grad()
