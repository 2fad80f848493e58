"""What a prompt looks like on its region's grid."""

from __future__ import annotations

import torch

from medsam_core.models.demo_maps import (
    PROMPT_MAPS,
    PROMPT_NUMBERS,
    click_maps,
    ellipse_level,
    prompt_maps,
    prompt_numbers,
)
from medsam_core.models.demo_region import cell_centres, region_of
from medsam_core.models.network import NEGATIVE, POSITIVE, PromptTensors


def on_grid(xy: list, labels: list, cells: int = 41):
    prompts = PromptTensors(torch.tensor([xy], dtype=torch.float32), torch.tensor([labels]))
    region = region_of(prompts.points_xy, prompts.labels, 256, 0.15)
    return prompts, region, cell_centres(region, cells)


def test_the_level_is_one_in_the_middle_and_zero_where_the_ellipse_meets_the_box():
    _, region, centres = on_grid([[60, 100], [160, 140]], [2, 3])
    level = ellipse_level(region, centres)[0, 0]
    assert level[20, 20] > 0.99
    on_edge = (centres[0, 20, :, 0] - 60).abs().argmin()
    assert abs(level[20, on_edge]) < 0.05


def test_without_a_box_there_is_no_level_and_no_box_map():
    prompts, region, centres = on_grid([[60, 100], [0, 0]], [1, -1])
    assert (ellipse_level(region, centres) == 0).all()
    maps = prompt_maps(prompts, region, centres, torch.zeros(1, 1, 41, 41))
    assert maps.shape[1] == PROMPT_MAPS and (maps[:, :5] == 0).all()


def test_a_click_is_brightest_where_it_was_made_and_only_on_its_own_map():
    prompts, region, centres = on_grid([[60, 100], [200, 30]], [1, 0])
    narrow = click_maps(prompts, region, centres, POSITIVE)[0, 0]
    y, x = divmod(int(narrow.argmax()), 41)
    assert (centres[0, y, x] - torch.tensor([60.0, 100.0])).abs().max() < 256 / 41
    assert click_maps(prompts, region, centres, NEGATIVE)[0, 0, y, x] < 0.01


def test_no_clicks_leave_empty_maps():
    prompts, region, centres = on_grid([[60, 100], [160, 140]], [2, 3])
    assert (click_maps(prompts, region, centres, POSITIVE) == 0).all()


def test_the_numbers_tell_a_small_box_from_a_large_one():
    _, small, _ = on_grid([[60, 100], [70, 110]], [2, 3])
    _, large, _ = on_grid([[10, 10], [250, 250]], [2, 3])
    assert prompt_numbers(small, 256).shape == (1, PROMPT_NUMBERS)
    assert (prompt_numbers(small, 256)[0, :2] < prompt_numbers(large, 256)[0, :2]).all()
