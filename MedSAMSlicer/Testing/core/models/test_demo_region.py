"""The region frame: where it lies, and that nothing shifts on the way in and out."""

from __future__ import annotations

import torch

from medsam_core.models.demo_region import OUTSIDE_LOGIT, cell_centres, paste, region_of, sample


def region(xy: list, labels: list):
    return region_of(torch.tensor([xy], dtype=torch.float32), torch.tensor([labels]), 256, 0.15)


def test_a_box_gets_a_margin_on_every_side():
    found = region([[100, 50], [200, 70]], [2, 3])
    assert torch.allclose(found.low_xy, torch.tensor([[84.0, 46.0]]))
    assert torch.allclose(found.low_xy + found.size_xy, torch.tensor([[216.0, 74.0]]))


def test_corners_may_come_in_any_order():
    turned, straight = region([[200, 70], [100, 50]], [2, 3]), region([[100, 50], [200, 70]], [2, 3])
    assert all(torch.equal(one, other) for one, other in zip(turned, straight, strict=True))


def test_without_a_box_the_region_is_the_image():
    found = region([[100, 50], [0, 0]], [1, -1])
    assert found.low_xy.tolist() == [[0, 0]] and found.size_xy.tolist() == [[256, 256]]
    assert found.has_box.item() == 0


def test_a_positive_click_beside_the_box_is_taken_in_and_a_negative_one_is_not():
    wide = region([[100, 50], [200, 70], [20, 60]], [2, 3, 1])
    assert wide.low_xy[0, 0] < 20
    assert torch.allclose(
        region([[100, 50], [200, 70], [20, 60]], [2, 3, 0]).low_xy, torch.tensor([[84.0, 46.0]])
    )


def test_a_box_of_no_size_still_has_a_region():
    assert (region([[100, 50], [100, 50]], [2, 3]).size_xy >= 1).all()


def test_what_is_read_in_a_region_and_pasted_back_has_not_moved():
    steps = (torch.arange(256) + 0.5) / 256
    ramp = (steps[None] * 3 + steps[:, None])[None, None]  # linear: bilinear reading must be exact
    found = region([[100, 50], [200, 90]], [2, 3])
    back = paste(sample(ramp, cell_centres(found, 48), 256), found, 256, 256)
    inside = (slice(None), slice(None), slice(52, 88), slice(102, 198))
    torch.testing.assert_close(back[inside], ramp[inside], atol=1e-4, rtol=0)
    assert back[0, 0, 0, 0] == OUTSIDE_LOGIT


def test_prompts_of_one_image_are_read_side_by_side():
    image = torch.rand(2, 3, 32, 32)
    xy = torch.rand(4, 2, 2) * 32
    found = region_of(xy, torch.tensor([[2, 3]] * 4), 32, 0.15)
    centres = cell_centres(found, 8)
    together = sample(image, centres, 32)
    alone = torch.cat([sample(image[n // 2 : n // 2 + 1], centres[n : n + 1], 32) for n in range(4)])
    torch.testing.assert_close(together, alone)
