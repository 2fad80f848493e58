"""Prompts as tensor arithmetic against segment-anything's PromptEncoder."""

from __future__ import annotations

import pytest
import torch

from medsam_core.models.network import PADDING, PromptTensors
from medsam_core.models.prompt_encoding import encode_prompts, grid_positions
from medsam_core.models.registry import build_network
from testkit.published_sam import fill_with_random_weights, random_prompts, relative_error
from testkit.tiny_models import a_tiny_architecture


@pytest.fixture(scope="module")
def encoder() -> torch.nn.Module:
    return fill_with_random_weights(build_network(a_tiny_architecture())).prompt_encoder


@pytest.mark.parametrize("kind", ["points", "boxes", "both", "points and mask", "boxes and mask"])
def test_prompts_are_embedded_as_published(encoder: torch.nn.Module, kind: str) -> None:
    prompts = random_prompts(kind, 64)
    points = None if prompts.points_xy is None else (prompts.points_xy, prompts.point_labels)
    sparse, dense = encoder(points, prompts.boxes_xyxy, prompts.masks)
    tokens, ours = encode_prompts(encoder, prompts.as_tensors(), 64)
    assert relative_error(tokens, sparse) < 1e-6
    assert torch.equal(ours.expand_as(dense), dense)


def test_the_position_of_a_padding_token_means_nothing(encoder: torch.nn.Module) -> None:
    labels = torch.tensor([[1, PADDING]])
    here, there = (torch.tensor([[[3.0, 4.0], [x, x]]]) for x in (0.0, 50.0))
    first, _ = encode_prompts(encoder, PromptTensors(here, labels), 64)
    second, _ = encode_prompts(encoder, PromptTensors(there, labels), 64)
    assert torch.equal(first, second)


def test_no_token_at_all_is_a_prompt_too(encoder: torch.nn.Module) -> None:
    nothing = PromptTensors(torch.zeros(2, 0, 2), torch.zeros(2, 0, dtype=torch.int64))
    tokens, _ = encode_prompts(encoder, nothing, 64)
    assert tokens.shape == (2, 0, 32)


def test_the_grid_is_placed_as_published(encoder: torch.nn.Module) -> None:
    published = encoder.get_dense_pe().flatten(2).transpose(1, 2)
    assert relative_error(grid_positions(encoder, 4), published) < 1e-6


def test_positions_stay_exact_in_a_half_precision_encoder(encoder: torch.nn.Module) -> None:
    network = fill_with_random_weights(build_network(a_tiny_architecture(image_size=1024)))
    corners = random_prompts("boxes", 1024).as_tensors()
    exact, _ = encode_prompts(network.prompt_encoder, corners, 1024)
    rounded, _ = encode_prompts(network.prompt_encoder.bfloat16(), corners, 1024)
    # bfloat16 holds 8 bits: positions multiplied in it would be off by pixels, that is, unrelated.
    assert relative_error(rounded, exact) < 0.02
