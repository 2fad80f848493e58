"""The demo network keeps the promises of every promptable network."""

from __future__ import annotations

import pytest
import torch

from medsam_core.models.architecture import Architecture
from medsam_core.models.demo import DemoNetwork, build_demo, build_demo_network, demo_architecture
from medsam_core.models.demo_config import DemoConfig
from medsam_core.models.network import PADDING, PromptableNetwork, PromptTensors
from medsam_core.models.registry import build_network

SMALL = DemoConfig(
    image_size=64,
    low_resolution=64,
    fine_width=8,
    middle_width=8,
    coarse_width=16,
    trunk_width=16,
    trunk_depth=1,
    trunk_heads=2,
    region_size=32,
    region_widths=(8, 8, 16),
    region_depth=1,
    region_heads=2,
)


@pytest.fixture
def network() -> DemoNetwork:
    torch.manual_seed(0)
    made = build_demo_network(SMALL).eval()
    for parameter in made.decoder.head.parameters():  # fresh heads say almost nothing: let differences show
        torch.nn.init.normal_(parameter, std=0.5)
    return made


@pytest.fixture
def image() -> torch.Tensor:
    return torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def boxes(*xyxy: tuple[float, ...]) -> PromptTensors:
    xy = torch.tensor(xyxy).reshape(-1, 2, 2)
    return PromptTensors(xy, torch.tensor([[2, 3]]).expand(len(xy), 2))


def clicks(*xy_label: tuple[float, float, int]) -> PromptTensors:
    rows = torch.tensor(xy_label, dtype=torch.float32)
    return PromptTensors(rows[None, :, :2], rows[None, :, 2].long())


def test_it_is_a_promptable_network(network):
    assert isinstance(network, PromptableNetwork)


def test_one_mask_unless_several_are_asked_for(network, image):
    features = network.encode(image)
    logits, scores = network.decode(features, boxes((10, 10, 40, 30), (0, 0, 64, 64)))
    assert logits.shape == (2, 1, 64, 64) and scores.shape == (2, 1)
    logits, scores = network.decode(features, boxes((10, 10, 40, 30)), multimask=True)
    assert logits.shape == (1, 3, 64, 64) and scores.shape == (1, 3)
    assert ((scores > 0) & (scores < 1)).all()


def test_before_training_a_box_is_answered_with_its_ellipse(image):
    network = build_demo_network(SMALL).eval()
    torch.nn.init.zeros_(network.decoder.head.weight)
    with torch.no_grad():
        logits, _ = network.decode(network.encode(image), boxes((8, 16, 56, 48)))
    steps = torch.arange(64) + 0.5
    ellipse = ((steps[None] - 32) / 24) ** 2 + ((steps[:, None] - 32) / 16) ** 2 <= 1
    answer = logits[0, 0] > 0
    assert 2 * (answer & ellipse).sum() / (answer.sum() + ellipse.sum()) > 0.98


def test_a_prompt_is_answered_alike_alone_and_among_others(network, image):
    features = network.encode(image)
    alone, alone_score = network.decode(features, clicks((20, 30, 1), (50, 50, 0), (0, 0, PADDING)))
    xy, labels = torch.zeros(3, 5, 2), torch.full((3, 5), PADDING)
    xy[0, :2], labels[0, :2] = torch.tensor([[20.0, 30.0], [50.0, 50.0]]), torch.tensor([1, 0])
    xy[1, :2], labels[1, :2] = torch.tensor([[5.0, 5.0], [60.0, 40.0]]), torch.tensor([2, 3])
    xy[2, 4], labels[2, 4] = torch.tensor([9.0, 9.0]), 1
    together, scores = network.decode(features, PromptTensors(xy, labels))
    torch.testing.assert_close(together[:1], alone, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(scores[:1], alone_score, atol=1e-5, rtol=1e-5)


def test_images_may_be_paired_with_prompts(network, image):
    two = torch.cat([image, image.flip(-1)])
    prompts = boxes((10, 10, 40, 30), (20, 20, 60, 60))
    paired, _ = network.decode(network.encode(two), prompts)
    second, _ = network.decode(network.encode(image.flip(-1)), boxes((20, 20, 60, 60)))
    torch.testing.assert_close(paired[1:], second, atol=1e-4, rtol=1e-4)


def test_any_other_pairing_is_a_value_error(network, image):
    features = network.encode(torch.cat([image, image]))
    with pytest.raises(ValueError, match="2 images cannot be paired with 3 prompts"):
        network.decode(features, boxes((1, 1, 9, 9), (2, 2, 9, 9), (3, 3, 9, 9)))


def test_an_earlier_mask_of_zeros_says_nothing_and_another_is_heard(network, image):
    features, prompts = network.encode(image), boxes((10, 10, 40, 30))
    without, _ = network.decode(features, prompts)
    zeros, _ = network.decode(features, prompts._replace(mask_logits=torch.zeros(1, 1, 64, 64)))
    torch.testing.assert_close(zeros, without)
    heard, _ = network.decode(features, prompts._replace(mask_logits=torch.full((1, 1, 64, 64), 9.0)))
    assert not torch.allclose(heard, without)


def test_a_trace_serves_other_numbers_of_prompts_and_tokens(network, image):
    class Decoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network

        def forward(self, fine, middle, coarse, xy, labels, mask):
            return self.network.decode((fine, middle, coarse), PromptTensors(xy, labels, mask))

    features = network.encode(image)
    mask = torch.zeros(1, 1, 64, 64)
    with torch.no_grad():
        example = (*features, *boxes((10, 10, 40, 30))[:2], mask)
        traced = torch.jit.trace(Decoder(), example, check_trace=False)
        xy, labels = torch.rand(4, 3, 2) * 64, torch.tensor([[1, 2, 3]] * 4)
        expected, _ = network.decode(features, PromptTensors(xy, labels))
        given, _ = traced(*features, xy, labels, mask.expand(4, 1, 64, 64))
    torch.testing.assert_close(given, expected, atol=1e-4, rtol=1e-4)


def test_the_registry_builds_what_a_header_describes():
    architecture = Architecture.from_json(demo_architecture(SMALL).to_json())
    assert build_demo(architecture).config == SMALL
    assert build_network(architecture).low_resolution == 64
