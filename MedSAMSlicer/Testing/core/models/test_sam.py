"""Whole SAM networks: image and prompts in, masks out."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import warnings

import pytest
import torch

from medsam_core.models.architecture import ARCHITECTURES, Architecture
from medsam_core.models.network import PromptTensors
from medsam_core.models.registry import build_network
from medsam_core.models.segment_anything_modules import build_sam
from testkit.published_sam import (
    fill_with_random_weights,
    published_decode,
    random_prompts,
    relative_error,
)
from testkit.tiny_models import a_tiny_architecture


def a_network(**changes: object) -> torch.nn.Module:
    return fill_with_random_weights(build_network(a_tiny_architecture(**changes)))


def reduced(name: str, depth: int = 2) -> Architecture:
    """A published network at its own width, shorter, on a smaller image."""
    row = ARCHITECTURES[name]
    return dataclasses.replace(row, depth=depth, global_attn_indexes=(depth - 1,), image_size=256)


def decode_both_ways(
    network: torch.nn.Module, kind: str, multimask: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    prompts = random_prompts(kind, network.image_size)
    with torch.inference_mode():
        images = torch.rand(1, 3, network.image_size, network.image_size)
        published, _ = published_decode(network, network.image_encoder(images), prompts, multimask)
        ours, _ = network.decode(network.encode(images), prompts.as_tensors(), multimask)
    return ours, published


@pytest.mark.parametrize("name", ["vit_b", "vit_l", "vit_h"])
def test_a_short_network_of_every_published_width_gives_the_published_logits(name: str) -> None:
    network = fill_with_random_weights(build_network(reduced(name)))
    ours, published = decode_both_ways(network, "both and mask", multimask=True)
    assert (ours - published).abs().max() < 1e-4 * published.abs().max()


@pytest.mark.long
def test_vit_b_at_full_size_gives_the_published_logits() -> None:
    torch.set_num_threads(2)
    network = fill_with_random_weights(build_network(ARCHITECTURES["vit_b"]))
    with torch.inference_mode():
        features = network.encode(torch.rand(1, 3, 1024, 1024))
        for kind in ("points", "boxes", "both", "both and mask"):
            prompts = random_prompts(kind, 1024)
            published, scores = published_decode(network, *features, prompts, True)
            ours, our_scores = network.decode(features, prompts.as_tensors(), True)
            assert ours.shape == (3, 3, 256, 256)
            assert (ours - published).abs().max() < 1e-4 * published.abs().max()
            assert torch.allclose(our_scores, scores, atol=1e-4)


def test_weights_have_the_names_and_shapes_of_segment_anything() -> None:
    with torch.device("meta"):
        published = build_sam.build_sam_vit_b().state_dict()
        ours = build_network(ARCHITECTURES["vit_b"]).state_dict()
    assert {name: value.shape for name, value in ours.items()} == {
        name: value.shape for name, value in published.items()
    }


@pytest.mark.parametrize("kind", ["points", "boxes and mask"])
def test_paired_images_give_what_each_image_gives_alone(kind: str) -> None:
    network = a_network()
    images, prompts = torch.rand(3, 3, 64, 64), random_prompts(kind, 64).as_tensors()
    with torch.inference_mode():
        paired, scores = network.decode(network.encode(images), prompts)
        for index in range(3):
            mine = PromptTensors(*(None if t is None else t[index : index + 1] for t in prompts))
            alone, score = network.decode(network.encode(images[index : index + 1]), mine)
            assert torch.allclose(alone[0], paired[index], atol=1e-5)
            assert torch.allclose(score[0], scores[index], atol=1e-5)


def test_the_number_of_prompts_does_not_change_a_mask() -> None:
    network = a_network()
    prompts = random_prompts("boxes", 64, n=8).as_tensors()
    with torch.inference_mode():
        features = network.encode(torch.rand(1, 3, 64, 64))
        together, _ = network.decode(features, prompts)
        alone, _ = network.decode(features, PromptTensors(prompts.points_xy[5:6], prompts.labels[5:6]))
    assert torch.allclose(together[5], alone[0], atol=1e-5)


def test_two_images_cannot_meet_three_prompts() -> None:
    network = a_network()
    with pytest.raises(ValueError, match="2 images for 3 prompts"):
        network.decode((torch.randn(2, 32, 4, 4),), random_prompts("boxes", 64).as_tensors())


def test_an_image_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="64, 64"):
        a_network().encode(torch.rand(1, 3, 64, 80))


@pytest.mark.parametrize("multimask", [False, True])
def test_a_multi_class_network_returns_every_class_whatever_is_asked(multimask: bool) -> None:
    network = a_network(mask_tokens=6, class_tokens=True)
    prompts = random_prompts("boxes", 64).as_tensors()
    logits, scores = network.decode((torch.randn(1, 32, 4, 4),), prompts, multimask)
    assert logits.shape == (3, 6, 16, 16)
    assert scores.shape == (3, 6)


def test_a_network_with_one_mask_token_returns_it_for_alternatives_too() -> None:
    network = a_network(mask_tokens=1)
    logits, _ = network.decode((torch.randn(1, 32, 4, 4),), random_prompts("boxes", 64).as_tensors(), True)
    assert logits.shape == (3, 1, 16, 16)


@pytest.mark.parametrize("size", [48, 80, 128])
def test_any_multiple_of_16_is_an_image_size(size: int) -> None:
    network = a_network(image_size=size)
    ours, published = decode_both_ways(network, "both and mask", multimask=False)
    assert ours.shape == (3, 1, size // 4, size // 4)
    assert relative_error(ours, published) < 2e-6


def test_loaded_weights_move_the_grid_of_positions_too() -> None:
    used, other = a_network(), fill_with_random_weights(build_network(a_tiny_architecture()), seed=7)
    other.prompt_encoder.pe_layer.positional_encoding_gaussian_matrix.normal_()
    prompts, embedding = random_prompts("boxes", 64).as_tensors(), torch.randn(1, 32, 4, 4)
    with torch.inference_mode():
        used.decode((embedding,), prompts)
        used.load_state_dict(other.state_dict())
        assert torch.equal(used.decode((embedding,), prompts)[0], other.decode((embedding,), prompts)[0])


def test_a_network_can_be_trained_after_it_was_used() -> None:
    network, images = a_network(), torch.rand(2, 3, 64, 64)
    prompts = random_prompts("boxes", 64, n=2).as_tensors()
    with torch.inference_mode():
        network(images, prompts)
    network.train()
    network(images, prompts)[0].square().mean().backward()
    assert all(p.grad is not None for p in network.image_encoder.parameters())


def test_a_copy_and_a_pickle_give_the_same_masks() -> None:
    network = a_network()
    prompts, embedding = random_prompts("boxes", 64).as_tensors(), torch.randn(1, 32, 4, 4)
    want, _ = network.decode((embedding,), prompts)
    # Our own bytes, as a process pool sends them.
    for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert torch.equal(twin.decode((embedding,), prompts)[0], want)


class _Decoder(torch.nn.Module):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, embedding: torch.Tensor, points: torch.Tensor, labels: torch.Tensor) -> tuple:
        return self.network.decode((embedding,), PromptTensors(points, labels), multimask=True)


def test_a_trace_of_the_decoder_serves_other_numbers_of_prompts_and_tokens() -> None:
    network, embedding = a_network(), torch.randn(1, 32, 4, 4)
    example = random_prompts("boxes", 64, n=2).as_tensors()
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the check of the number of images is a constant in a trace
        traced = torch.jit.trace(_Decoder(network), (embedding, *example[:2]))
        for kind, n in (("boxes", 1), ("points", 5), ("both", 3)):
            prompts = random_prompts(kind, 64, n=n).as_tensors()
            logits, scores = network.decode((embedding,), prompts, multimask=True)
            got, got_scores = traced(embedding, *prompts[:2])
            assert relative_error(got, logits) < 1e-5
            assert relative_error(got_scores, scores) < 1e-5
