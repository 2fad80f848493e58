"""DeepLabV3+ as a whole."""

from __future__ import annotations

import pytest
import torch

from medsam_training.compare.deeplab import DeepLabV3Plus


@pytest.fixture()
def a_small_deeplab() -> DeepLabV3Plus:
    torch.manual_seed(0)
    return DeepLabV3Plus(4, 1, image_size=64, width=8, blocks=(1, 1, 1, 1))


@pytest.mark.parametrize("size", [(64, 64), (63, 65), (37, 91), (17, 16)])
def test_the_answer_has_the_image_s_size_also_where_it_is_odd(
    a_small_deeplab: DeepLabV3Plus, size: tuple[int, int]
) -> None:
    assert a_small_deeplab(torch.rand(2, 4, *size)).shape == (2, 1, *size)


def test_the_gradient_reaches_every_weight(a_small_deeplab: DeepLabV3Plus) -> None:
    a_small_deeplab(torch.rand(1, 4, 64, 64)).square().mean().backward()
    still = [name for name, weight in a_small_deeplab.named_parameters() if not weight.grad.abs().sum() > 0]
    assert still == []


def test_a_slice_s_answer_does_not_depend_on_its_neighbours_in_the_batch(
    a_small_deeplab: DeepLabV3Plus,
) -> None:
    a_small_deeplab.train()
    images = torch.rand(3, 4, 64, 64)
    together = a_small_deeplab(images)
    alone = torch.cat([a_small_deeplab(image[None]) for image in images])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_fine_detail_comes_through_the_skip(a_small_deeplab: DeepLabV3Plus) -> None:
    features = a_small_deeplab.encoder(torch.rand(1, 4, 64, 64))
    assert features[0].shape[-1] == 4 * features[1].shape[-1]
    assert a_small_deeplab.refine[0][0].in_channels == 4 * 8 + 48


def test_it_runs_in_bf16(a_small_deeplab: DeepLabV3Plus) -> None:
    images = torch.rand(1, 4, 64, 64)
    with torch.autocast("cpu", torch.bfloat16):
        rough = a_small_deeplab(images).float()
    exact = a_small_deeplab(images)
    assert (rough - exact).abs().mean() < 0.1 * exact.std() + 0.02
