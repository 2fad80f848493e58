"""Positions in the picture and positions on the network's input."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.presets import PRESETS, Coordinates, Fit

SIDES = st.integers(1, 3000)


@given(height=SIDES, width=SIDES, preset=st.sampled_from(list(PRESETS.values())))
def test_a_padded_picture_fills_one_side_and_a_squashed_one_both(height: int, width: int, preset) -> None:
    frame = ImageFrame.of((height, width), preset)
    assert max(frame.resized_yx) == preset.image_size
    assert min(frame.resized_yx) >= 1
    assert frame.is_padded is False or preset.fit is Fit.PAD


@given(height=SIDES, width=SIDES, preset=st.sampled_from(list(PRESETS.values())))
def test_a_box_inside_the_picture_stays_inside_the_input(height: int, width: int, preset) -> None:
    frame = ImageFrame.of((height, width), preset)
    box = frame.boxes_to_input(np.array([[0, 0, width - 1, height - 1]]), preset.coordinates)[0]
    assert (box >= 0).all()
    assert (box <= preset.image_size).all()


def test_medsams_box_is_scaled_by_1024_over_width_and_height() -> None:
    frame = ImageFrame.of((300, 400), PRESETS["medsam"])
    box = np.array([[95, 255, 190, 290]])
    published = box / np.array([400, 300, 400, 300]) * 1024
    np.testing.assert_allclose(frame.boxes_to_input(box, Coordinates.INDICES), published, rtol=1e-15)


def test_litemedsams_box_is_cut_to_whole_pixels() -> None:
    frame = ImageFrame.of((300, 400), PRESETS["litemedsam"])
    assert frame.boxes_to_input(np.array([[95, 255, 190, 290]]), Coordinates.TRUNCATED).tolist() == [
        [int(95 * 256 / 400), int(255 * 256 / 400), int(190 * 256 / 400), int(290 * 256 / 400)]
    ]


def test_sams_points_are_scaled_by_the_rounded_size() -> None:
    frame = ImageFrame.of((333, 500), PRESETS["sam"])
    assert frame.resized_yx == (int(333 * 1024 / 500 + 0.5), 1024)
    np.testing.assert_allclose(frame.points_to_input([[250, 111]]), [[250 * 1024 / 500, 111 * 682 / 333]])


def test_the_demos_box_is_its_outer_edges_and_its_click_the_middle_of_a_pixel() -> None:
    frame = ImageFrame.of((128, 64), PRESETS["demo"])
    box = frame.boxes_to_input(np.array([[10, 20, 10, 20]]), Coordinates.EDGES)
    assert box.tolist() == [[20, 40, 22, 42]]
    assert frame.points_to_input([[10, 20]], Coordinates.EDGES).tolist() == [[21, 41]]
