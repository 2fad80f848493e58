"""Converting networks of random weights, in this process."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from medsam_core.inference.backend import PromptArrays
from medsam_core.inference.device import Placement
from medsam_core.inference.openvino_cache import ConvertedNetwork
from medsam_core.models.architecture import Architecture, PeftSpec, TinyViTSpec
from medsam_core.models.registry import build_network
from testkit.tiny_models import PlainBackend, a_tiny_architecture

pytest.importorskip("openvino")

from medsam_core.inference.openvino_backend import OpenVINOBackend
from medsam_core.inference.openvino_convert import convert_network, measured_errors, require_small

FP32 = Placement("cpu", "fp32", "openvino", "test")

TINY_VIT = Architecture(
    name="tiny_vit",
    family="tiny_vit",
    image_size=64,
    tiny_vit=TinyViTSpec(
        embed_dims=(16, 16, 32, 32), depths=(1, 1, 1, 1), num_heads=(1, 2, 2, 2), patch_stride=1
    ),
    out_chans=32,
)
ADAPTERS = PeftSpec(kind="adapter", encoder_blocks=(0, 1), decoder_layers=(0, 1))
ARCHITECTURES = {
    "vit": a_tiny_architecture(),
    "tiny_vit": TINY_VIT,
    "classes_and_adapters": a_tiny_architecture(mask_tokens=3, class_tokens=True, peft=ADAPTERS),
}


def ignore(done: int, total: int, what: str) -> None:
    """Progress that nobody reads."""


def a_network(architecture: Architecture) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(architecture)
        for name, weight in network.named_parameters():
            if "rel_pos" in name or "pos_embed" in name:  # zero when fresh: they would hide mistakes
                nn.init.normal_(weight, std=0.1)
    return network


@pytest.fixture(scope="module", params=sorted(ARCHITECTURES))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple:
    """A network run plainly, and the same converted."""
    architecture = ARCHITECTURES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    converted = convert_network(a_network(architecture), folder, ignore)
    return PlainBackend(a_network(architecture)), converted


def prompts(count: int, tokens: int, side: int | None = None, seed: int = 0) -> PromptArrays:
    noise = np.random.default_rng(seed)
    points = (noise.random((count, tokens, 2)) * 64).astype(np.float32)
    labels = noise.integers(-1, 4, (count, tokens))
    mask = None if side is None else noise.standard_normal((count, 1, side, side)).astype(np.float32)
    return PromptArrays(points, labels, mask)


def images(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, 3, 64, 64)).astype(np.float32)


def assert_close(ours: tuple, theirs: tuple) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == np.float32 and a.shape == b.shape
        np.testing.assert_allclose(a, b, atol=1e-4 * max(1.0, np.abs(b).max()))


def test_the_encoder_gives_the_numbers_of_the_network(pair: tuple) -> None:
    plain, converted = pair
    assert_close(OpenVINOBackend(converted, FP32).encode(images(3)), plain.encode(images(3)))


@pytest.mark.parametrize("multimask", [False, True])
@pytest.mark.parametrize("with_mask", [False, True])
@pytest.mark.parametrize(("count", "tokens"), [(1, 2), (2, 5), (9, 3)])
def test_the_decoder_gives_the_numbers_of_the_network(
    pair: tuple, count: int, tokens: int, with_mask: bool, multimask: bool
) -> None:
    plain, converted = pair
    features = plain.encode(images(1))
    asked = prompts(count, tokens, plain.low_resolution if with_mask else None)
    ours = OpenVINOBackend(converted, FP32).decode(features, asked, multimask)
    assert_close(ours, plain.decode(features, asked, multimask))


def test_prompts_paired_with_images_are_each_decoded_on_their_own_image(pair: tuple) -> None:
    plain, converted = pair
    features = plain.encode(images(5))
    ours = OpenVINOBackend(converted, FP32).decode(features, prompts(5, 2))
    assert_close(ours, plain.decode(features, prompts(5, 2)))


def test_a_network_can_be_asked_without_any_prompt(pair: tuple) -> None:
    plain, converted = pair
    features = plain.encode(images(1))
    nothing = PromptArrays(np.zeros((1, 0, 2), np.float32), np.zeros((1, 0), np.int64))
    assert_close(OpenVINOBackend(converted, FP32).decode(features, nothing), plain.decode(features, nothing))


def test_what_was_measured_against_pytorch_is_kept_with_the_files(pair: tuple) -> None:
    _, converted = pair
    assert ConvertedNetwork.read(converted.folder) == converted
    assert 0 < converted.relative_error["fp32"] < 1e-4


def test_weights_are_not_rounded_on_disk(pair: tuple) -> None:
    plain, converted = pair
    weights = sum(weight.numel() for weight in plain.network.image_encoder.parameters())
    assert (converted.folder / "encoder.bin").stat().st_size >= 4 * weights


def test_files_that_compute_something_else_than_the_network_are_refused(pair: tuple) -> None:
    plain, converted = pair
    other = copy.deepcopy(plain.network)
    with torch.no_grad():
        next(other.image_encoder.parameters()).mul_(1.1)
    with pytest.raises(ArithmeticError, match="differs from the original"):
        require_small(measured_errors(converted, other))


def test_an_error_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ArithmeticError):
        require_small({"fp32": float("nan")})
